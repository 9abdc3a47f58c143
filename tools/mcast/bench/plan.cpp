#include "tools/mcast/bench/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <initializer_list>

#include "tools/mcast/bench/device.hpp"

namespace mcast::bench {
namespace {

using Paths = std::initializer_list<Path>;

// A device keeps so many frames for a receiver: a window fits twice, as it does into sockets.
constexpr std::size_t kDeviceWindowMax = 512;
// Measured with sockets only unless it is asked for: four devices take their time.
constexpr std::size_t kSizeOfSocketsAlone = 256;
constexpr double kRateOfSleepers = 60;  // the same

std::string size_name(std::size_t size) {
    return std::to_string(size) + "-byte messages";
}

std::string rate_name(double rate) {
    const std::string text = std::to_string(std::llround(rate));
    return std::llround(rate) > 0 ? text : std::to_string(rate);
}

bool is_wanted(const Wishes& wishes, Path path) {
    return wishes.paths.empty() ||
           std::find(wishes.paths.begin(), wishes.paths.end(), path) != wishes.paths.end();
}

// Backends of sockets: the template once for each wanted path, and for libmcast's once for each
// backend. Nothing if none of them is wanted.
void add(Group& group, const Wishes& wishes, const Case& what, Paths paths) {
    const bool any = std::any_of(wishes.backends.begin(), wishes.backends.end(),
                                 [](const std::string& each) { return !find_device(each); });
    if (!any) return;
    for (const Path path : paths) {
        if (!is_wanted(wishes, path) || (path == Path::RawRing && !wishes.ring)) continue;
        Case next = what;
        next.path = path;
        if (is_raw(path)) {
            // A datagram is all that a raw path has: larger messages are compared by bytes.
            next.size = std::min(next.size, kSingleSizeMax);
            group.cases.push_back(next);
            continue;
        }
        for (const std::string& backend : wishes.backends) {
            if (find_device(backend) != nullptr) continue;
            // Runs of datagrams are a matter of throughput; elsewhere it is the same as "socket".
            if (backend == kPlainSockets && what.mode != Mode::Throughput &&
                wishes.backends.size() > 1)
                continue;
            next.backend = backend;
            group.cases.push_back(next);
        }
    }
}

// Backends of DPDK: a group for each, beside bare DPDK on the same device. Its ends spin: it has
// nothing to sleep on.
void add_devices(std::vector<Group>& groups, const Wishes& wishes, const Group& like,
                 const Case& what, Paths paths) {
    for (const std::string& backend : wishes.backends) {
        if (find_device(backend) == nullptr) continue;
        Group group{like.id + "-" + backend, like.title + ", " + backend, {}, backend};
        for (const Path path : paths) {
            if (!is_wanted(wishes, path)) continue;
            Case next = what;
            next.path = path;
            next.backend = backend;
            next.spin = true;
            next.window = std::min(next.window, kDeviceWindowMax);
            if (is_raw(path)) next.size = std::min(next.size, kSingleSizeMax);
            group.cases.push_back(next);
        }
        groups.push_back(group);
    }
}

Case begin(const Wishes& wishes, Mode mode) {
    Case what;
    what.mode = mode;
    what.batch = wishes.batch;
    what.window = wishes.window;
    what.latest = wishes.latest;
    what.spin = wishes.spin;
    return what;
}

std::vector<std::size_t> sizes_or(const Wishes& wishes, std::initializer_list<std::size_t> usual) {
    return wishes.sizes.empty() ? std::vector<std::size_t>(usual) : wishes.sizes;
}

// Both, unless one was asked for.
std::vector<bool> spins(const Wishes& wishes) {
    if (wishes.spin == wishes.sleep) return {true, false};
    return {wishes.spin};
}

void plan_throughput(const Wishes& wishes, std::vector<Group>& groups) {
    const double rate = wishes.rates.empty() ? 0 : wishes.rates.front();
    for (const std::size_t size : sizes_or(wishes, {64, 256, 1024, 1408})) {
        Group group{
            "throughput-" + std::to_string(size),
            "Throughput, " + size_name(size) + (rate > 0 ? " at " + rate_name(rate) + "/s" : ""),
            {}};
        Case what = begin(wishes, Mode::Throughput);
        what.size = size;
        what.rate = rate;
        add(group, wishes, what,
            {Path::RawSingle, Path::RawPacked, Path::RawSegmented, Path::RawCapnp, Path::RawRing,
             Path::Typed, Path::Ready});
        groups.push_back(group);
        if (size != kSizeOfSocketsAlone || !wishes.sizes.empty())
            add_devices(groups, wishes, group, what, {Path::RawDpdk, Path::Typed, Path::Ready});
    }
}

void plan_round_trips(const Wishes& wishes, std::vector<Group>& groups) {
    for (const std::size_t size : sizes_or(wishes, {64})) {
        for (const bool spin : spins(wishes)) {
            const std::string how = spin ? "spin" : "sleep";
            Group group{"rtt-" + std::to_string(size) + "-" + how,
                        "Round trip, " + size_name(size) +
                            (spin ? ", both ends spinning" : ", both ends sleeping"),
                        {}};
            Case what = begin(wishes, Mode::RoundTrip);
            what.size = size;
            what.spin = spin;
            what.express = true;
            add(group, wishes, what, {Path::RawSingle, Path::RawRing, Path::Typed});
            groups.push_back(group);
            if (spin) add_devices(groups, wishes, group, what, {Path::RawDpdk, Path::Typed});
        }
    }
}

void plan_latency(const Wishes& wishes, std::vector<Group>& groups) {
    const std::vector<double> rates =
        wishes.rates.empty() ? std::vector<double>{kRateOfSleepers, 10'000} : wishes.rates;
    for (const std::size_t size : sizes_or(wishes, {64})) {
        for (const double rate : rates) {
            for (const bool spin : spins(wishes)) {
                const std::string how = spin ? "spin" : "sleep";
                Group group{"latency-" + std::to_string(size) + "-" + rate_name(rate) + "-" + how,
                            "One way, " + size_name(size) + " at " + rate_name(rate) +
                                "/s, both ends " + (spin ? "spinning" : "sleeping"),
                            {}};
                Case what = begin(wishes, Mode::Latency);
                what.size = size;
                what.rate = rate;
                what.spin = spin;
                what.window = 0;
                what.express = true;
                what.drop = wishes.drops.empty() ? 0 : wishes.drops.front();
                add(group, wishes, what, {Path::RawSingle, Path::RawRing, Path::Typed});
                groups.push_back(group);
                // What a host's filter drops DPDK does not even see.
                if (spin && what.drop == 0 && (rate != kRateOfSleepers || !wishes.rates.empty()))
                    add_devices(groups, wishes, group, what, {Path::RawDpdk, Path::Typed});
            }
        }
    }
}

void plan_fan_out(const Wishes& wishes, std::vector<Group>& groups) {
    for (const std::size_t size : sizes_or(wishes, {64})) {
        Group group{"fan-out-" + std::to_string(size),
                    "Fan-out, " + size_name(size) + " to 1 and " +
                        std::to_string(wishes.subscribers) + " subscribers on hosts of their own",
                    {}};
        for (const std::size_t subscribers : {std::size_t{1}, wishes.subscribers}) {
            Case what = begin(wishes, Mode::FanOut);
            what.size = size;
            what.subscribers = subscribers;
            what.rate = wishes.rates.empty() ? 0 : wishes.rates.front();
            add(group, wishes, what, {Path::RawSegmented, Path::Typed, Path::Ready});
        }
        groups.push_back(group);
    }
}

void plan_loss(const Wishes& wishes, std::vector<Group>& groups) {
    for (const std::size_t size : sizes_or(wishes, {64, 1024})) {
        Group group{
            "loss-" + std::to_string(size), "Loss at the receiving host, " + size_name(size), {}};
        std::vector<double> drops{0};  // beside which the others are seen
        drops.insert(drops.end(), wishes.drops.begin(), wishes.drops.end());
        if (wishes.drops.empty()) drops = {0, 0.01, 0.05};
        for (const double drop : drops) {
            Case what = begin(wishes, Mode::Loss);
            what.size = size;
            what.drop = drop;
            what.rate = wishes.rates.empty() ? 0 : wishes.rates.front();
            add(group, wishes, what, {Path::RawPacked, Path::Typed});
        }
        groups.push_back(group);
    }
}

Case reliable(const Case& like) {
    Case what = like;
    what.reliable = true;
    what.window = 0;
    return what;
}

// As fast as all of it arrives, beside best effort without loss, …
void plan_reliable_rates(const Wishes& wishes, const std::vector<double>& drops,
                         std::vector<Group>& groups) {
    for (const std::size_t size : sizes_or(wishes, {64, 1024})) {
        Group group{"reliable-" + std::to_string(size), "Reliable, " + size_name(size), {}};
        Case what = begin(wishes, Mode::Loss);
        what.size = size;
        add(group, wishes, what, {Path::RawSegmented, Path::Typed});
        for (const double drop : drops) {
            what.drop = drop;
            add(group, wishes, reliable(what), {Path::Typed});
        }
        groups.push_back(group);
    }
}

// … and how much later what was dropped comes, at steady rates.
void plan_reliable(const Wishes& wishes, std::vector<Group>& groups) {
    std::vector<double> drops{0};  // beside which the others are seen
    drops.insert(drops.end(), wishes.drops.begin(), wishes.drops.end());
    if (wishes.drops.empty()) drops = {0, 0.01, 0.05};
    if (wishes.rates.empty()) plan_reliable_rates(wishes, drops, groups);
    const std::vector<double> rates =
        wishes.rates.empty() ? std::vector<double>{10'000, 50'000} : wishes.rates;
    for (const double rate : rates) {
        Group group{
            "reliable-latency-" + rate_name(rate),
            "Reliable, one way, 64-byte messages at " + rate_name(rate) + "/s, both ends spinning",
            {}};
        Case what = begin(wishes, Mode::Latency);
        what.rate = rate;
        what.spin = what.express = true;
        what.window = 0;
        add(group, wishes, what, {Path::RawSingle});
        for (const double drop : drops) {
            what.drop = drop;
            add(group, wishes, reliable(what), {Path::Typed});
        }
        groups.push_back(group);
    }
}

void plan_idle(const Wishes& wishes, std::vector<Group>& groups) {
    Group group{"idle", "A node that does nothing but discovery", {}};
    add(group, wishes, begin(wishes, Mode::Idle), {Path::Typed});
    groups.push_back(group);
}

struct Planner {
    const char* mode;
    void (*plan)(const Wishes&, std::vector<Group>&);
};
constexpr std::array<Planner, 7> kPlanners{{{"throughput", plan_throughput},
                                            {"rtt", plan_round_trips},
                                            {"latency", plan_latency},
                                            {"fan-out", plan_fan_out},
                                            {"loss", plan_loss},
                                            {"reliable", plan_reliable},
                                            {"idle", plan_idle}}};

}  // namespace

std::size_t Group::ends() const {
    std::size_t most = 0;
    for (const Case& what : cases)
        most = std::max(most, what.mode == Mode::Idle ? 1 : what.subscribers);
    return most;
}

std::vector<Group> plan(const Wishes& wishes) {
    std::vector<Group> groups;
    for (const Planner& planner : kPlanners) {
        if (wishes.mode == "all" || wishes.mode == planner.mode) planner.plan(wishes, groups);
    }
    std::erase_if(groups, [](const Group& group) { return group.cases.empty(); });
    return groups;
}

std::vector<std::string> plan_modes() {
    std::vector<std::string> modes{"all"};
    for (const Planner& planner : kPlanners)
        modes.emplace_back(planner.mode);
    return modes;
}

}  // namespace mcast::bench
