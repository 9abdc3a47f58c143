#include "relay/foreign_links.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mcast::relay {

namespace {

constexpr std::size_t kNoRoute = std::numeric_limits<std::size_t>::max();

bool can_carry(const Interface& interface, const Endpoint& destination) {
    return interface.up && interface.has_address(destination.address.family()) &&
           (!destination.address.is_limited_broadcast() || interface.broadcast);
}

Address directed_broadcast(const Interface& interface) {
    for (const InterfaceAddress& own : interface.addresses)
        if (own.broadcast.family() == Family::Ipv4) return own.broadcast;
    return {};
}

ForeignListener& among(std::vector<ForeignListener>& listeners, const Endpoint& destination,
                       const Interface& interface) {
    for (ForeignListener& listener : listeners)
        if (listener.destination == destination && listener.interface == interface.index)
            return listener;
    ForeignListener& made = listeners.emplace_back();
    made.destination = destination;
    made.interface = interface.index;
    made.in = &interface;
    made.addresses = interface.addresses;
    return made;
}

bool goes_to(const ForeignListener& listener, InterfaceIndex to) {
    return std::any_of(listener.exits.begin(), listener.exits.end(),
                       [&](const ForeignExit& exit) { return exit.to == to; });
}

}  // namespace

ForeignLinks::ForeignLinks(PlainSockets& sockets, std::uint64_t seed, Say say)
    : sockets_(sockets), random_(seed), say_(std::move(say)), by_socket_(kForeignListenersMax) {}

void ForeignLinks::set_routes(std::vector<ForeignRoute> routes) {
    // A route of the same name and destination is the same route, wherever it stands now.
    std::vector<std::size_t> now(routes_.size(), kNoRoute);
    std::vector<ForeignCounters> retired(routes.size());
    std::vector<bool> taken(routes.size(), false);
    for (std::size_t old = 0; old < routes_.size(); ++old) {
        for (std::size_t i = 0; i < routes.size() && now[old] == kNoRoute; ++i) {
            if (taken[i] || routes[i].name != routes_[old].name ||
                routes[i].destination != routes_[old].destination)
                continue;
            now[old] = i;
            taken[i] = true;
            retired[i] = retired_[old];
        }
    }
    for (ForeignListener& listener : listeners_)
        for (ForeignExit& exit : listener.exits)
            exit.route = exit.counted_for = now[exit.route];
    for (std::size_t old = 0; old < routes_.size(); ++old)
        if (now[old] == kNoRoute) gone_ += retired_[old];
    routes_ = std::move(routes);
    retired_ = std::move(retired);
    rebuild();
}

void ForeignLinks::set_interfaces(std::span<const Interface> interfaces) {
    // Those of before are looked at until the new links stand.
    std::vector<Interface> before(interfaces.begin(), interfaces.end());
    interfaces_.swap(before);
    // Sockets that stay were opened with the MTU of then.
    for (const Interface& interface : interfaces_)
        sockets_.set_mtu(interface.index, interface.mtu);
    rebuild();
}

void ForeignLinks::plan(std::vector<ForeignListener>& wanted, std::size_t index,
                        const InterfaceSelection& from, const InterfaceSelection& to) {
    const ForeignRoute& route = routes_[index];
    for (const Interface& in : interfaces_) {
        if (!from.matches(in) || !can_carry(in, route.destination)) continue;
        for (const Interface& out : interfaces_) {
            if (out.index == in.index || !to.matches(out) || !can_carry(out, route.destination))
                continue;
            ForeignListener& listener = among(wanted, route.destination, in);
            // Of several routes for the same the first decides.
            if (goes_to(listener, out.index)) continue;
            if (++exit_count_ > kForeignExitsMax) continue;
            ForeignExit& exit = listener.exits.emplace_back();
            exit.route = exit.counted_for = index;
            exit.to = out.index;
            exit.out = &out;
            exit.directed = directed_broadcast(out);
            exit.breaker = StormBreaker(route.rate, route.open);
            exit.reply_breaker = exit.breaker;
            exit.deference = Deference(random_.next());
        }
    }
}

void ForeignLinks::take_over(ForeignExit& exit, ForeignListener& before) {
    for (ForeignExit& old : before.exits) {
        if (old.route != exit.route || old.to != exit.to) continue;
        exit.counters = std::exchange(old.counters, {});
        exit.deference = old.deference;
        old.route = kNoRoute;
        if (old.breaker.rate() != exit.breaker.rate() ||
            old.breaker.open_for() != exit.breaker.open_for())
            return;
        exit.breaker = old.breaker;
        exit.reply_breaker = old.reply_breaker;
        return;
    }
}

void ForeignLinks::take_over(std::vector<ForeignListener>& wanted) {
    for (ForeignListener& listener : wanted) {
        ForeignListener* before = find(listener.destination, listener.interface);
        if (before == nullptr) continue;
        for (ForeignExit& exit : listener.exits)
            take_over(exit, *before);
        listener.fault = before->fault;
        // What hears broadcasts is bound to the broadcast addresses of then.
        if (listener.destination.address.is_limited_broadcast() &&
            before->addresses != listener.addresses)
            continue;
        listener.socket = std::exchange(before->socket, {});
    }
}

void ForeignLinks::complain_of_limits(std::size_t listeners) {
    const auto complain = [this](std::size_t count, std::size_t most, const std::string& what) {
        if (count <= most) return;
        say_("foreign groups: more than " + std::to_string(most) + " " + what +
             " are wanted; the last ones are left out: name fewer interfaces in from and to");
    };
    complain(listeners, kForeignListenersMax, "sockets (kForeignListenersMax)");
    complain(exit_count_, kForeignExitsMax, "ways (kForeignExitsMax)");
}

void ForeignLinks::rebuild() {
    std::vector<ForeignListener> wanted;
    exit_count_ = 0;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        plan(wanted, i, routes_[i].from, routes_[i].to);
        if (routes_[i].both) plan(wanted, i, routes_[i].to, routes_[i].from);
    }
    complain_of_limits(wanted.size());
    if (wanted.size() > kForeignListenersMax) wanted.resize(kForeignListenersMax);
    take_over(wanted);
    for (const ForeignListener& listener : listeners_)
        retire(listener);
    listeners_ = std::move(wanted);
    open();
}

void ForeignLinks::retire(const ForeignListener& listener) {
    const auto counters_of = [&](const ForeignExit& exit) -> ForeignCounters& {
        return exit.counted_for == kNoRoute ? gone_ : retired_[exit.counted_for];
    };
    for (const ForeignExit& exit : listener.exits)
        counters_of(exit) += exit.counters;
    if (!listener.socket) return;
    if (!listener.exits.empty())
        counters_of(listener.exits.front()).kernel_drops += sockets_.dropped(listener.socket);
    sockets_.close(listener.socket);
}

void ForeignLinks::open() {
    by_socket_ = FlatMap<PlainSocketId, std::uint32_t, IdHash>(kForeignListenersMax);
    for (std::uint32_t i = 0; i < listeners_.size(); ++i) {
        ForeignListener& listener = listeners_[i];
        if (!listener.socket) open(listener);
        if (listener.socket) by_socket_.insert(listener.socket, i);
    }
    connect();
}

void ForeignLinks::open(ForeignListener& listener) {
    Result<PlainSocketId> opened = sockets_.listen(*listener.in, listener.destination);
    if (opened) {
        listener.socket = *opened;
        listener.fault.clear();
        listener.hopeless = false;
        return;
    }
    const Error& error = opened.error();
    listener.hopeless = error.code != ErrorCode::TryAgain && error.code != ErrorCode::AddressInUse;
    if (listener.fault == error.what) return;
    listener.fault = error.what;
    say_("foreign group " + ForeignRoute::text(listener.destination) + ": " + error.what);
}

void ForeignLinks::connect() {
    for (Speaker& speaker : speakers_)
        speaker.used = false;
    for (ForeignListener& listener : listeners_) {
        for (ForeignExit& exit : listener.exits) {
            const ForeignListener* there = find(listener.destination, exit.to);
            exit.symmetric = there != nullptr && there->socket;
            exit.socket = exit.symmetric
                              ? there->socket
                              : speaker(*exit.out, listener.destination.address.family());
        }
    }
    std::erase_if(speakers_, [this](const Speaker& speaker) {
        if (!speaker.used) sockets_.close(speaker.socket);
        return !speaker.used;
    });
}

PlainSocketId ForeignLinks::speaker(const Interface& interface, Family family) {
    for (Speaker& speaker : speakers_) {
        if (speaker.interface != interface.index || speaker.family != family) continue;
        speaker.used = true;
        return speaker.socket;
    }
    Result<PlainSocketId> opened = sockets_.lend(interface, family);
    if (!opened) {
        if (speaker_fault_ == opened.error().what) return {};
        speaker_fault_ = opened.error().what;
        say_("foreign groups: nothing can be sent on " + interface.name + ": " + speaker_fault_);
        return {};
    }
    speakers_.push_back({interface.index, family, *opened, true});
    return *opened;
}

bool ForeignLinks::wants_retry() const {
    return std::any_of(listeners_.begin(), listeners_.end(), [](const ForeignListener& listener) {
        return (!listener.socket && !listener.hopeless) ||
               std::any_of(listener.exits.begin(), listener.exits.end(),
                           [](const ForeignExit& exit) { return !exit.socket; });
    });
}

void ForeignLinks::retry() {
    if (wants_retry()) open();
}

ForeignListener* ForeignLinks::find(PlainSocketId socket) {
    const std::uint32_t* place = by_socket_.find(socket);
    return place == nullptr ? nullptr : &listeners_[*place];
}

ForeignListener* ForeignLinks::find(const Endpoint& destination, InterfaceIndex interface) {
    for (ForeignListener& listener : listeners_)
        if (listener.destination == destination && listener.interface == interface)
            return &listener;
    return nullptr;
}

}  // namespace mcast::relay
