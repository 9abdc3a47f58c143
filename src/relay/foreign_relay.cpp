#include "relay/foreign_relay.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

namespace mcast::relay {

namespace {

constexpr Duration kRetryInterval = std::chrono::seconds(1);
// The mark of what was sent with our own address. With a kept source it is part of a hash, which is
// this with a chance of 2^-64.
constexpr std::uint64_t kOwnSource = 0;
// The note of what was sent: the interface that it came from, and what was heard of it since.
constexpr std::uint64_t kEchoHeard = std::uint64_t{1} << 63;
constexpr std::uint64_t kCopyHeard = std::uint64_t{1} << 62;

void add_address(SipHash& hash, const Endpoint& endpoint) {
    hash.add(std::as_bytes(endpoint.address.bytes())).add(endpoint.port);
}

bool has(const Interface& interface, const Address& address) {
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [&](const InterfaceAddress& own) { return own.address == address; });
}

std::uint8_t ttl_of(const ForeignRoute& route, const PlainArrival& arrival) {
    return route.ttl ? *route.ttl : static_cast<std::uint8_t>(arrival.ttl - 1);
}

}  // namespace

ForeignRelay::ForeignRelay(ForeignOptions options, PlainSockets& sockets, RuleSet* rules,
                           const Election* election)
    : options_(std::move(options)),
      sockets_(sockets),
      rules_(rules),
      election_(election),
      links_(sockets, options_.key.first ^ options_.key.second,
             [this](const std::string& text) { options_.say(ForeignWord::Note, text); }),
      known_(options_.fingerprints_max, options_.window),
      sent_(options_.fingerprints_max, options_.echo),
      replies_(options_.replies_max) {}

void ForeignRelay::set_routes(std::vector<ForeignRoute> routes) {
    const PlainCapabilities& able = sockets_.capabilities();
    for (const ForeignRoute& route : routes) {
        if (route.keep_source && !able.keeps_source)
            options_.say(ForeignWord::Note,
                         "foreign group " + route.name +
                             ": source addresses are replaced, not kept: " + able.why_not);
    }
    links_.set_routes(std::move(routes));
    name_ways();
    close_leases();
    schedule({});
}

void ForeignRelay::on_interfaces(std::span<const Interface> interfaces) {
    links_.set_interfaces(interfaces);
    name_ways();
    close_leases();
    schedule({});
}

void ForeignRelay::set_rules(RuleSet* rules) {
    rules_ = rules;
    name_ways();
}

void ForeignRelay::name_ways() {
    ways_changed_ = true;
    // Rules may be many, and groups share their pairs of interfaces.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> said;
    for (ForeignListener& listener : links_.listeners()) {
        const std::uint64_t group = ForeignRoute::key(listener.destination);
        for (ForeignExit& exit : listener.exits) {
            const auto [pair, is_new] = said.try_emplace({listener.interface.value, exit.to.value});
            if (is_new && rules_ != nullptr)
                pair->second = rules_->between(*listener.in, *exit.out).digest;
            exit.key = split_mix(group ^ pair->second);
        }
    }
}

void ForeignRelay::close_leases() {
    // Those whose way is gone. The table is small, and this rare.
    while (auto gone = replies_.drop_if([this](const Lease& lease) {
        const ForeignListener* listener = links_.find(lease.destination, lease.asker_interface);
        return listener == nullptr ||
               std::none_of(listener->exits.begin(), listener->exits.end(),
                            [&](const ForeignExit& exit) { return exit.to == lease.interface; });
    }))
        sockets_.close(gone->socket);
}

void ForeignRelay::poll(Instant now) {
    if (now >= next_timer_) run_timers(now);
    for (std::size_t turn = 0; turn < kBatchesEachPoll; ++turn) {
        const std::size_t count = sockets_.receive(arrivals_);
        for (const PlainArrival& arrival : std::span(arrivals_).first(count)) {
            if (ForeignListener* listener = links_.find(arrival.socket); listener != nullptr)
                carry(now, *listener, arrival);
            else
                bring_back(now, arrival);
        }
        flush();
        if (count < arrivals_.size()) return;
    }
}

void ForeignRelay::run_timers(Instant now) {
    next_timer_ = kNever;
    ways_changed_ = ways_changed_ || links_.wants_retry();
    links_.retry();
    if (links_.wants_retry()) schedule(now + kRetryInterval);
    while (auto gone = replies_.expire(now))
        sockets_.close(gone->socket);
    schedule(replies_.deadline());
    for (ForeignListener& listener : links_.listeners()) {
        for (ForeignExit& exit : listener.exits) {
            for (StormBreaker* breaker : {&exit.breaker, &exit.reply_breaker}) {
                if (breaker->on_deadline(now))
                    options_.say(ForeignWord::Storm, way(listener, exit) +
                                                         ": the storm is over, carried again; " +
                                                         std::to_string(breaker->refused()) +
                                                         " datagrams were dropped");
                schedule(breaker->deadline());
            }
            if (exit.deference.on_deadline(now))
                options_.say(
                    ForeignWord::Note,
                    way(listener, exit) + ": the other relay did not carry it; carried again");
            schedule(exit.deference.deadline());
        }
    }
}

ForeignRelay::Prints ForeignRelay::prints_of(const ForeignListener& listener,
                                             const PlainArrival& arrival) {
    SipHash content(options_.key);
    add_address(content, listener.destination);
    Prints prints;
    prints.content = content.add(arrival.payload).finish();
    SipHash exact(options_.key);
    add_address(exact, arrival.source);
    prints.exact = exact.add(prints.content.low).add(prints.content.high).finish();
    return prints;
}

Fingerprint ForeignRelay::on(InterfaceIndex interface, const Fingerprint& content) const {
    return {content.low + interface.value * kSplitMixStep, content.high ^ interface.value};
}

void ForeignRelay::note_copy(const ForeignListener& listener, const FingerprintWindow::Seen& seen,
                             const PlainArrival& arrival, const Prints& prints) {
    const InterfaceIndex from{static_cast<std::uint32_t>(seen.note)};
    ForeignListener* const origin = links_.find(listener.destination, from);
    if (origin == nullptr) return;
    for (ForeignExit& exit : origin->exits) {
        if (exit.to != listener.interface) continue;
        const ForeignRoute& route = links_.route(exit.route);
        // Only to one who does it as well as we do: with the sender's address, or where nobody
        // answers to the address.
        const bool as_well =
            keeps_source(route) ? seen.mark == prints.exact.low : route.replies == Duration::zero();
        if (as_well && exit.deference.on_copy())
            options_.say(ForeignWord::Note,
                         way(*origin, exit) + ": another relay carries it, too (as heard from " +
                             to_string(arrival.source) + "); left to it as long as it does");
        return;
    }
}

std::optional<ForeignFate> ForeignRelay::recognise(Instant now, const ForeignListener& listener,
                                                   const PlainArrival& arrival,
                                                   const Prints& prints) {
    const Fingerprint here = on(listener.interface, prints.content);
    if (const auto* seen = sent_.find(now, here); seen != nullptr) {
        // Multicast is not looped back to us. Of a broadcast the kernel lets us hear one.
        const bool own = seen->mark == kOwnSource ? has(*listener.in, arrival.source.address)
                                                  : seen->mark == prints.exact.low;
        const FingerprintWindow::Seen before = *seen;
        if (own && arrival.way == Way::Broadcast && (before.note & kEchoHeard) == 0) {
            sent_.add(before.at, here, before.mark, before.note | kEchoHeard);
            return ForeignFate::Echo;
        }
        if ((before.note & kCopyHeard) == 0) {
            sent_.add(before.at, here, before.mark, before.note | kCopyHeard);
            note_copy(listener, before, arrival, prints);
        }
        return ForeignFate::Loop;
    }
    const std::uint64_t place = std::uint64_t{listener.interface.value} << 8 | arrival.ttl;
    if (const auto* seen = known_.find(now, prints.exact); seen != nullptr) {
        if (seen->mark != place) return ForeignFate::Loop;
        if (seen->at + options_.echo > now) return ForeignFate::Duplicate;
    }
    known_.add(now, prints.exact, place);
    return std::nullopt;
}

void ForeignRelay::carry(Instant now, ForeignListener& listener, const PlainArrival& arrival) {
    const Prints prints = prints_of(listener, arrival);
    const std::optional<ForeignFate> known = recognise(now, listener, arrival, prints);
    if (known == ForeignFate::Loop) note_loop(now, listener, arrival);
    for (ForeignExit& exit : listener.exits) {
        const ForeignFate fate = known ? *known : judge(now, listener, exit, arrival, prints);
        if (fate == ForeignFate::Forwarded)
            depart(now, listener, exit, arrival, prints);  // counted when it is sent
        else
            ++exit.counters.fates[static_cast<std::size_t>(fate)];
    }
}

ForeignFate ForeignRelay::judge(Instant now, const ForeignListener& listener, ForeignExit& exit,
                                const PlainArrival& arrival, const Prints& prints) {
    const ForeignRoute& route = links_.route(exit.route);
    if (!route.ttl && arrival.ttl <= 1) return ForeignFate::Ttl;
    if (election_ != nullptr && !election_->carries(listener.interface, exit.to, exit.key))
        return ForeignFate::Standby;
    // The same from another sender: most likely from another relay, with its own address.
    if (sent_.find(now, on(exit.to, prints.content)) != nullptr) return ForeignFate::Duplicate;
    if (const ForeignFate fate = ask_rules(now, listener, exit, arrival);
        fate != ForeignFate::Forwarded)
        return fate;
    if (exit.deference.leaves()) {
        // Known from now on, so that what the other makes of it is.
        sent_.add(now, on(exit.to, prints.content),
                  keeps_source(route, arrival.source) ? prints.exact.low : kOwnSource,
                  listener.interface.value | kEchoHeard);
        exit.deference.on_left(now);
        schedule(exit.deference.deadline());
        return ForeignFate::Standby;
    }
    return passes(now, exit.breaker, listener, exit) ? ForeignFate::Forwarded : ForeignFate::Storm;
}

ForeignFate ForeignRelay::ask_rules(Instant now, const ForeignListener& listener,
                                    const ForeignExit& exit, const PlainArrival& arrival) {
    if (rules_ == nullptr) return ForeignFate::Forwarded;
    Passage passage;
    passage.from = listener.in;
    passage.to = exit.out;
    passage.source = arrival.source.address;
    passage.group = listener.destination;
    const Verdict verdict = rules_->decide(passage);
    if (verdict.log_rule != kNoRule && rules_->take(now, verdict.log_rule))
        options_.say(ForeignWord::Rule, way(listener, exit) + ": " +
                                            std::to_string(arrival.payload.size()) + " bytes of " +
                                            to_string(arrival.source) + " (rule " +
                                            std::to_string(verdict.log_rule + 1) + ")");
    // A route is a permission by itself: what no rule mentions passes, whatever the default.
    if (verdict.rule == kNoRule || rules_->admit(now, verdict)) return ForeignFate::Forwarded;
    return verdict.action == Action::Drop ? ForeignFate::Rule : ForeignFate::Rate;
}

bool ForeignRelay::passes(Instant now, StormBreaker& breaker, const ForeignListener& listener,
                          ForeignExit& exit) {
    const StormBreaker::Answer answer = breaker.take(now);
    if (answer == StormBreaker::Answer::Trip) {
        ++exit.counters.storms;
        options_.say(ForeignWord::Storm,
                     way(listener, exit) + ": a storm: more than " +
                         std::to_string(breaker.rate()) + " datagrams a second" +
                         (&breaker == &exit.reply_breaker ? " of answers" : "") + "; cut off for " +
                         std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(
                                            breaker.open_for())
                                            .count()) +
                         " ms");
        schedule(breaker.deadline());
    }
    return answer == StormBreaker::Answer::Pass;
}

void ForeignRelay::depart(Instant now, const ForeignListener& listener, ForeignExit& exit,
                          const PlainArrival& arrival, const Prints& prints) {
    const ForeignRoute& route = links_.route(exit.route);
    PlainDeparture departure;
    departure.destination = listener.destination;
    if (arrival.way == Way::Broadcast && !arrival.destination.address.is_limited_broadcast() &&
        exit.directed.family() != Family::None)
        departure.destination.address = exit.directed;
    departure.ttl = ttl_of(route, arrival);
    departure.payload = arrival.payload;
    departure.socket = exit.socket;
    const bool keeps = keeps_source(route, arrival.source);
    if (keeps) departure.source = arrival.source;
    // Who speaks from the group's own port is answered in the group.
    else if (route.replies > Duration::zero() &&
             !(exit.symmetric && arrival.source.port == listener.destination.port))
        departure.socket = port_for(now, listener, exit, arrival);
    sent_.add(now, on(exit.to, prints.content), keeps ? prints.exact.low : kOwnSource,
              listener.interface.value);
    exit.deference.on_carried();
    push(departure, {&exit, false});
}

PlainSocketId ForeignRelay::port_for(Instant now, const ForeignListener& listener,
                                     ForeignExit& exit, const PlainArrival& arrival) {
    if (const Lease* lease =
            replies_.renew(now, arrival.source, listener.interface, listener.destination, exit.to);
        lease != nullptr)
        return lease->socket;
    Result<PlainSocketId> lent = sockets_.lend(*exit.out, listener.destination.address.family());
    if (!lent) {
        ++exit.counters.no_port;
        return exit.socket;
    }
    Lease lease;
    lease.asker = arrival.source;
    lease.asker_interface = listener.interface;
    lease.destination = listener.destination;
    lease.interface = exit.to;
    lease.socket = *lent;
    lease.term = links_.route(exit.route).replies;
    if (const auto gone = replies_.add(now, lease)) {
        flush();  // something may be about to leave from there
        sockets_.close(gone->socket);
    }
    schedule(now + lease.term);
    return *lent;
}

void ForeignRelay::bring_back(Instant now, const PlainArrival& arrival) {
    const Lease* lease = replies_.find(now, arrival.socket);
    if (lease == nullptr || arrival.way != Way::Unicast) {
        ++late_replies_;
        return;
    }
    ForeignListener* listener = links_.find(lease->destination, lease->asker_interface);
    if (listener == nullptr) return;
    for (ForeignExit& exit : listener->exits) {
        if (exit.to != lease->interface) continue;
        const ForeignRoute& route = links_.route(exit.route);
        if ((!route.ttl && arrival.ttl <= 1) || !passes(now, exit.reply_breaker, *listener, exit)) {
            ++exit.counters.replies_dropped;
            return;
        }
        PlainDeparture departure;
        departure.socket = listener->socket;
        departure.destination = lease->asker;
        departure.ttl = ttl_of(route, arrival);
        departure.payload = arrival.payload;
        push(departure, {&exit, true});
        return;
    }
}

void ForeignRelay::push(const PlainDeparture& departure, const Account& account) {
    if (departure_count_ == departures_.size()) flush();
    departures_[departure_count_] = departure;
    accounts_[departure_count_++] = account;
}

void ForeignRelay::flush() {
    const auto batch = std::span(departures_).first(std::exchange(departure_count_, 0));
    if (batch.empty()) return;
    sockets_.send(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        ForeignCounters& counters = accounts_[i].exit->counters;
        const int error = batch[i].error;
        if (accounts_[i].reply) {
            ++(error == 0 ? counters.replies : counters.replies_dropped);
            continue;
        }
        const ForeignFate fate = error == 0          ? ForeignFate::Forwarded
                                 : error == EMSGSIZE ? ForeignFate::TooLarge
                                                     : ForeignFate::SendError;
        ++counters.fates[static_cast<std::size_t>(fate)];
        if (error == 0) counters.forwarded_bytes += batch[i].payload.size();
    }
}

}  // namespace mcast::relay
