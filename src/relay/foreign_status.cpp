// What a ForeignRelay tells about itself.

#include <algorithm>

#include "relay/foreign_relay.hpp"

namespace mcast::relay {

namespace {

constexpr Duration kLoopWordInterval = std::chrono::seconds(10);

}  // namespace

std::string ForeignRelay::way(const ForeignListener& listener, const ForeignExit& exit) const {
    return "foreign group " + links_.route(exit.route).name + " from " + listener.in->name +
           " to " + exit.out->name;
}

void ForeignRelay::note_loop(Instant now, const ForeignListener& listener,
                             const PlainArrival& arrival) {
    ++loops_unsaid_;
    if (now < next_loop_word_) return;
    options_.say(ForeignWord::Note,
                 "foreign group " + ForeignRoute::text(listener.destination) +
                     ": what was carried already comes back on " + listener.in->name + " from " +
                     to_string(arrival.source) + ": another relay runs in parallel; " +
                     std::to_string(loops_unsaid_) + " dropped since this was said last");
    loops_unsaid_ = 0;
    next_loop_word_ = now + kLoopWordInterval;
}

std::vector<LinkKey> ForeignRelay::keys() const {
    std::vector<LinkKey> keys;
    for (const ForeignListener& listener : links_.listeners())
        for (const ForeignExit& exit : listener.exits)
            if (listener.socket && exit.socket)
                keys.push_back({listener.interface, exit.to, exit.key});
    return keys;
}

std::vector<ForeignStatus> ForeignRelay::status() const {
    std::vector<ForeignStatus> all(links_.route_count());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const ForeignRoute& route = links_.route(i);
        all[i].name = route.name;
        all[i].destination = ForeignRoute::text(route.destination);
        all[i].keeps_source = keeps_source(route);
        all[i].total = links_.retired(i);
    }
    for (const ForeignListener& listener : links_.listeners()) {
        const std::size_t first_direction =
            listener.exits.empty() ? 0 : all[listener.exits.front().route].directions.size();
        for (const ForeignExit& exit : listener.exits) {
            ForeignStatus& status = all[exit.route];
            ForeignDirection& direction = status.directions.emplace_back();
            direction.from = listener.in->name;
            direction.to = exit.out->name;
            direction.carries =
                !exit.deference.leaves() &&
                (election_ == nullptr || election_->carries(listener.interface, exit.to, exit.key));
            direction.breaker = exit.breaker.state();
            direction.counters = exit.counters;
            status.total += exit.counters;
        }
        if (listener.exits.empty()) continue;
        ForeignStatus& first = all[listener.exits.front().route];
        if (listener.socket) {
            const std::uint64_t drops = sockets_.dropped(listener.socket);
            first.total.kernel_drops += drops;
            first.directions[first_direction].counters.kernel_drops = drops;
        }
        if (!listener.fault.empty()) first.faults.push_back(listener.fault);
    }
    return all;
}

ForeignTotals ForeignRelay::totals() const {
    return {known_.size(),   known_.evicted() + sent_.evicted(),
            replies_.size(), replies_.evicted(),
            late_replies_,   links_.gone()};
}

}  // namespace mcast::relay
