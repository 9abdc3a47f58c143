#include "tools/mcastd/foreign_groups.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <string>
#include <utility>

#include "platform/entropy.hpp"
#include "platform/netlink_monitor.hpp"
#include "transports/plain/kernel_plain_sockets.hpp"

namespace mcastd {

using mcast::Result;
using mcast::relay::ForeignCounters;
using mcast::relay::ForeignDirection;
using mcast::relay::ForeignFate;
using mcast::relay::ForeignRoute;
using mcast::relay::ForeignStatus;
using mcast::relay::ForeignWord;
using mcast::relay::StormBreaker;

namespace {

mcast::InterfaceSelection selection(const std::vector<std::string>& selectors) {
    auto parsed = mcast::InterfaceSelection::parse(selectors);
    return parsed ? std::move(*parsed) : mcast::InterfaceSelection();
}

ForeignRoute route_of(const ForeignConfig& config) {
    ForeignRoute route;
    route.destination = {config.group.value_or(mcast::Address::ipv4(255, 255, 255, 255)),
                         config.port};
    route.name = config.preset.empty() ? ForeignRoute::text(route.destination) : config.preset;
    route.from = selection(config.from);
    route.to = selection(config.to);
    route.both = config.both;
    route.keep_source = config.source == SourceAddress::Keep;
    route.replies = config.replies;
    route.ttl = config.ttl;
    route.rate = config.rate;
    route.open = config.open;
    return route;
}

std::string state_of(const ForeignDirection& direction) {
    if (direction.breaker != StormBreaker::State::Closed) return "closed: storm";
    return direction.carries ? "carries" : "stands by";
}

std::vector<NamedCount> drops_of(const ForeignCounters& counters) {
    std::vector<NamedCount> drops;
    const auto add = [&](std::string_view cause, std::uint64_t count) {
        if (count > 0) drops.push_back({std::string(cause), count});
    };
    for (std::size_t i = 1; i < mcast::relay::kForeignFateCount; ++i)
        add(to_string(static_cast<ForeignFate>(i)), counters.fates[i]);
    add("answer", counters.replies_dropped);
    add("receive-buffer", counters.kernel_drops);
    return drops;
}

void add_direction(const ForeignStatus& status, const ForeignDirection& direction,
                   Snapshot& snapshot) {
    RouteView& view = snapshot.routes.emplace_back();
    view.carries = status.name == status.destination
                       ? "group " + status.destination
                       : status.name + " (" + status.destination + ")";
    view.foreign = true;
    view.from = direction.from;
    view.to = direction.to;
    view.state = state_of(direction);
    view.active = direction.carries && direction.breaker == StormBreaker::State::Closed;
    const ForeignCounters& counters = direction.counters;
    view.forwarded = {counters[ForeignFate::Forwarded], counters.forwarded_bytes};
    view.dropped = drops_of(counters);
}

// What directions and routes that are gone had dropped.
void add_retired(const ForeignCounters& all, const std::vector<ForeignDirection>& directions,
                 Snapshot& snapshot) {
    std::vector<NamedCount> drops = drops_of(all);
    for (const ForeignDirection& direction : directions)
        for (const NamedCount& drop : drops_of(direction.counters))
            for (NamedCount& one : drops)
                if (one.name == drop.name) one.count -= drop.count;
    for (const NamedCount& drop : drops)
        if (drop.count > 0) add_count(drop.name, drop.count, snapshot.retired_drops);
    snapshot.storms += all.storms;
    snapshot.duplicates_dropped += all[ForeignFate::Duplicate];
    snapshot.loops_dropped += all[ForeignFate::Loop];
    if (all.no_port > 0) add_count("questions without a port", all.no_port, snapshot.beyond);
}

}  // namespace

Result<std::unique_ptr<ForeignGroups>> ForeignGroups::open(EventLoop& loop, Log& log,
                                                           Relaying& relaying,
                                                           ServiceManager& manager) {
    std::unique_ptr<ForeignGroups> groups(new ForeignGroups(loop, log, relaying, manager));
    if (const Result<void> started = groups->start(); !started)
        return started.error().within("foreign groups");
    return groups;
}

Result<void> ForeignGroups::start() {
    auto monitor = mcast::platform::make_netlink_monitor();
    if (!monitor) return monitor.error();
    monitor_ = std::move(*monitor);
    monitor_->poll();
    auto sockets = mcast::plain::KernelPlainSockets::open(keeps_ ? &store_ : nullptr);
    if (!sockets) return sockets.error();
    sockets_ = std::move(*sockets);
    mcast::relay::ForeignOptions options;
    options.key = {mcast::platform::random_seed(), mcast::platform::random_seed()};
    options.say = [this](ForeignWord word, const std::string& text) {
        if (word == ForeignWord::Rule)
            log_.always(LogLevel::Info, "rule", text);
        else
            log_.warning(word == ForeignWord::Storm ? "storm" : "foreign", text);
    };
    relay_ = std::make_unique<mcast::relay::ForeignRelay>(
        std::move(options), *sockets_, &relaying_.rules(), &relaying_.election());
    if (auto watched =
            loop_.watch(relay_->fd(), EPOLLIN, [this](std::uint32_t) { arrived_ = true; });
        !watched)
        return watched;
    return loop_.watch(monitor_->fd(), EPOLLIN,
                       [this](std::uint32_t) { interfaces_changed_ = true; });
}

ForeignGroups::~ForeignGroups() {
    store_.leave();
    if (!relay_) return;
    loop_.forget(relay_->fd());
    loop_.forget(monitor_->fd());
}

void ForeignGroups::apply(const Config& config) {
    interfaces_ = selection(config.interfaces);
    std::vector<ForeignRoute> routes;
    bool keeps = false;
    for (const ForeignConfig& foreign : config.foreign) {
        routes.push_back(route_of(foreign));
        keeps = keeps || routes.back().keep_source;
    }
    relay_->set_rules(&relaying_.rules());
    relay_->set_election(&relaying_.election());
    relay_->set_routes(std::move(routes));
    take_interfaces();
    if (keeps && !sockets_->capabilities().keeps_source && !std::exchange(told_source_, true))
        log_.warning("foreign", sockets_->capabilities().why_not);
}

void ForeignGroups::take_interfaces() {
    const auto all = monitor_->interfaces();
    const auto verdicts = interfaces_.judge(all);
    std::vector<mcast::Interface> used;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (verdicts[i].eligible) used.push_back(all[i]);
    relay_->on_interfaces(used);
}

mcast::Instant ForeignGroups::poll() {
    if (std::exchange(interfaces_changed_, false) && monitor_->poll()) take_interfaces();
    const mcast::Instant now = EventLoop::now();
    if (std::exchange(arrived_, false) || relay_->deadline() <= now) relay_->poll(now);
    if (relay_->take_ways_changed()) relaying_.set_foreign_keys(relay_->keys());
    return relay_->deadline();
}

void ForeignGroups::add_to(Snapshot& snapshot) const {
    for (const ForeignStatus& status : relay_->status()) {
        for (const ForeignDirection& direction : status.directions)
            add_direction(status, direction, snapshot);
        add_retired(status.total, status.directions, snapshot);
        for (const std::string& fault : status.faults)
            snapshot.not_ready_why += (snapshot.not_ready_why.empty() ? "" : "; ") + fault;
    }
    const auto totals = relay_->totals();
    add_retired(totals.gone, {}, snapshot);
    snapshot.dedup_entries.used += totals.fingerprints;
    snapshot.dedup_entries.max += mcast::relay::ForeignOptions{}.fingerprints_max;
    const auto add = [&](std::string_view what, std::uint64_t count) {
        if (count > 0) add_count(what, count, snapshot.beyond);
    };
    add("fingerprints", totals.fingerprints_evicted);
    add("ports for answers", totals.ports_taken_away);
    add("late answers", totals.late_replies);
}

}  // namespace mcastd
