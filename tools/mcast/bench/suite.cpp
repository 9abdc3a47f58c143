#include "tools/mcast/bench/suite.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>

#include "tools/mcast/bench/case_process.hpp"
#include "tools/mcast/bench/device.hpp"
#include "tools/mcast/bench/environment.hpp"
#include "tools/mcast/bench/idle.hpp"
#include "tools/mcast/duration.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::bench {
namespace {

constexpr Duration kFindPatience = std::chrono::seconds(15);
constexpr Duration kInterfacePatience = std::chrono::seconds(5);

// One set of hosts and what is measured there.
class Stage {
public:
    // `apart`: each case has processes of its own.
    Stage(const Place& place, cli::Terminal& terminal, Suite& suite, bool apart)
        : place_(place), terminal_(terminal), suite_(suite), apart_(apart) {}

    Result<void> set_up(std::size_t ends);
    Result<void> measure(const Group& group, std::size_t number, std::size_t count);

private:
    // As others are to be told what our own node is told.
    [[nodiscard]] std::vector<std::string> node_words() const;
    Result<void> start_ends(std::size_t ends);
    Result<void> find_ends(std::size_t ends);
    Result<void> drop(double fraction);
    [[nodiscard]] Result<Round> run(const Case& what);
    void run_case(CaseResult& result, const Group& group, const std::string& progress);

    const Place& place_;
    cli::Terminal& terminal_;
    Suite& suite_;
    bool apart_;
    std::uint64_t processes_ = 0;  // that cases had for themselves
    std::optional<Lab> lab_;
    NodeOptions node_;
    std::unique_ptr<cli::Session> session_;
    std::optional<Conductor> conductor_;
    double dropped_ = 0;
};

Result<void> Stage::set_up(std::size_t ends) {
    node_ = place_.common.node;
    if (place_.to) {
        lab_.emplace(Lab::none());
    } else {
        // Nobody else shall take part.
        node_.domain = "bench-" + std::to_string(::getpid());
        if (place_.namespaces) {
            auto made = Lab::make(1 + ends);
            if (!made) return made.error();
            lab_.emplace(std::move(*made));
            node_.interfaces = {Lab::kInterface};
            if (apart_) {
                if (auto linked = lab_->add_link(kDeviceLink); !linked) return linked;
            }
        } else {
            lab_.emplace(Lab::none());
        }
        if (!apart_) {
            if (auto started = start_ends(ends); !started) return started;
        }
    }
    cli::CommonOptions exchange = place_.common;
    exchange.node = exchange_options(node_);
    exchange.duration.reset();
    auto session = cli::Session::open(exchange, terminal_);
    if (!session) return session.error();
    session_ = std::move(*session);
    auto interface = interface_of(*session_);
    if (!interface) return interface.error();
    suite_.interface = *interface;
    if (suite_.environment.empty()) suite_.environment = environment(*interface);
    return apart_ ? Result<void>() : find_ends(ends);
}

Result<void> Stage::find_ends(std::size_t ends) {
    conductor_.emplace(*session_, node_, suite_.interface, place_.cores);
    auto found = conductor_->find_ends(ends, place_.to.value_or("*"), kFindPatience);
    if (!found) return found;
    for (const Conductor::End& end : conductor_->ends()) {
        if (conductor_->remote()) suite_.other_environments.push_back(end.environment);
    }
    if (conductor_->remote()) {
        terminal_.note(
            "the ends are on different machines: one-way latencies are as good as their "
            "clocks agree (PTP)");
    }
    return {};
}

std::vector<std::string> Stage::node_words() const {
    std::vector<std::string> words{"--port", std::to_string(node_.port)};
    for (const std::string& interface : node_.interfaces) {
        words.emplace_back("--interface");
        words.push_back(interface);
    }
    if (!node_.ipv6) words.emplace_back("--ipv4-only");
    if (!node_.ipv4) words.emplace_back("--ipv6-only");
    return words;
}

Result<void> Stage::start_ends(std::size_t ends) {
    for (std::size_t i = 0; i < ends; ++i) {
        std::vector<std::string> words{"bench",      "serve",  "--domain",
                                       node_.domain, "--name", "end-" + std::to_string(i + 1)};
        const std::vector<std::string> node = node_words();
        words.insert(words.end(), node.begin(), node.end());
        if (auto started = lab_->start(i + 1, words); !started) return started.error();
    }
    return {};
}

Result<void> Stage::drop(double fraction) {
    if (fraction == dropped_) return {};
    if (!place_.namespaces) {
        return Error{ErrorCode::Unsupported, 0,
                     "datagrams are dropped in namespaces of our own only: leave out --to and "
                     "--interface"};
    }
    auto told = lab_->drop(1, fraction, node_.port - kExchangePortOffset);
    if (told) dropped_ = fraction;
    return told;
}

Result<Round> Stage::run(const Case& what) {
    if (apart_) {
        std::vector<std::string> cores;
        for (const int core : place_.cores)
            cores.push_back(std::to_string(core));
        const CaseWords words{node_words(),
                              {"--cores", cores.empty() ? "none" : cli::join(cores, ",")},
                              node_.domain + "-" + std::to_string(++processes_)};
        return run_apart(*lab_, *session_, words, what, place_.timing);
    }
    if (what.mode != Mode::Idle) return conductor_->run(what, place_.timing);
    std::vector<std::string> words = node_words();
    words.insert(words.end(), {"--domain", node_.domain});
    return run_idle(*lab_, words, what, place_.timing);
}

void Stage::run_case(CaseResult& result, const Group& group, const std::string& progress) {
    // What cannot be measured once cannot be measured again.
    if (!result.error.empty() || session_->over()) return;
    terminal_.status(progress + " " + group.id + " " + result.what.path_name());
    auto dropping = drop(result.what.drop);
    if (!dropping) {
        result.error = dropping.error().what;
        return;
    }
    auto round = run(result.what);
    if (session_->over()) return;
    if (round)
        result.rounds.push_back(std::move(*round));
    else
        result.error = round.error().what;
}

Result<void> Stage::measure(const Group& group, std::size_t number, std::size_t count) {
    GroupResult result{group.id, group.title, {}};
    for (const Case& what : group.cases)
        result.cases.push_back({what, {}, {}});
    std::vector<std::size_t> order(group.cases.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::mt19937_64 random(place_.seed);
    for (std::size_t round = 0; round < place_.rounds && !session_->over(); ++round) {
        std::shuffle(order.begin(), order.end(), random);
        const std::string progress = "[" + std::to_string(number) + "/" + std::to_string(count) +
                                     "] round " + std::to_string(round + 1) + "/" +
                                     std::to_string(place_.rounds);
        for (const std::size_t index : order)
            run_case(result.cases[index], group, progress);
    }
    terminal_.status("");
    suite_.interrupted = session_->over();
    suite_.groups.push_back(std::move(result));
    return drop(0);
}

}  // namespace

Result<std::string> interface_of(cli::Session& session) {
    const Instant give_up = session.now() + kInterfacePatience;
    while (!session.over() && session.now() < give_up) {
        for (const InterfaceStatus& status : session.node().interfaces()) {
            if (status.attached) return status.interface.name;
        }
        session.wait(session.now() + std::chrono::milliseconds(10));
        session.drain_events([](const Event&) {});
    }
    return Error{ErrorCode::TryAgain, 0, session.why_nobody()};
}

Result<Suite> carry_out(const std::vector<Group>& groups, const Place& place,
                        cli::Terminal& terminal) {
    Suite suite;
    // Groups that need as many hosts share them; those of DPDK come last.
    std::map<std::pair<bool, std::size_t>, std::vector<const Group*>> by_ends;
    for (const Group& group : groups)
        by_ends[{!group.device.empty(), group.ends()}].push_back(&group);
    std::size_t number = 0;
    for (const auto& [needs, together] : by_ends) {
        const auto [apart, ends] = needs;
        Stage stage(place, terminal, suite, apart);
        if (auto ready = stage.set_up(ends); !ready) return ready.error();
        for (const Group* group : together) {
            if (auto done = stage.measure(*group, ++number, groups.size()); !done)
                return done.error();
            if (suite.interrupted) return suite;
        }
    }
    return suite;
}

}  // namespace mcast::bench
