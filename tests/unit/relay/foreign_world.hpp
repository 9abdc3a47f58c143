#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "relay/foreign_relay.hpp"
#include "tests/support/plain_lan.hpp"

namespace mcast::relay {

using support::PlainLan;
using support::PlainMachine;
using support::PlainPacket;

inline const Endpoint kSsdp{Address::ipv4(239, 255, 255, 250), 1900};
inline const Endpoint kArtnet{Address::ipv4(255, 255, 255, 255), 6454};
inline const Endpoint kAsker{Address::ipv4(10, 0, 0, 1), 5000};
inline constexpr Instant kStart = Instant{} + std::chrono::hours(1);

inline ForeignRoute both_ways(const Endpoint& destination) {
    ForeignRoute route;
    route.name = ForeignRoute::text(destination);
    route.destination = destination;
    route.both = true;
    return route;
}

// A relay with an interface in each LAN: index 1 in the first, and so on.
struct RelayHost {
    explicit RelayHost(std::deque<PlainLan>& lans, std::uint8_t host,
                       std::vector<ForeignRoute> routes, RuleSet* rules = nullptr,
                       const Election* election = nullptr) {
        for (std::uint8_t i = 0; i < lans.size(); ++i)
            machine.attach(lans[i], i + 1u, i, host);
        ForeignOptions options;
        options.key = {host, 2};
        options.replies_max = 4;
        options.fingerprints_max = 1024;
        options.say = [this](ForeignWord, const std::string& word) { said.push_back(word); };
        relay = std::make_unique<ForeignRelay>(options, machine, rules, election);
        relay->on_interfaces(machine.interfaces());
        relay->set_routes(std::move(routes));
    }
    RelayHost(const RelayHost&) = delete;
    RelayHost& operator=(const RelayHost&) = delete;

    // Of one direction, by the interfaces' names.
    [[nodiscard]] ForeignDirection direction(const std::string& from, const std::string& to) const {
        for (const ForeignStatus& status : relay->status())
            for (const ForeignDirection& one : status.directions)
                if (one.from == from && one.to == to) return one;
        return {};
    }
    [[nodiscard]] std::uint64_t fate(const std::string& from, const std::string& to,
                                     ForeignFate fate) const {
        return direction(from, to).counters[fate];
    }
    [[nodiscard]] bool has_said(const std::string& part) const {
        return std::any_of(said.begin(), said.end(), [&](const std::string& word) {
            return word.find(part) != std::string::npos;
        });
    }

    PlainMachine machine;
    std::vector<std::string> said;
    std::unique_ptr<ForeignRelay> relay;
};

// LANs and relays between all of them.
struct World {
    explicit World(std::size_t lan_count) : lans(lan_count) {}

    RelayHost& add(std::vector<ForeignRoute> routes, RuleSet* rules = nullptr,
                   const Election* election = nullptr) {
        relays.push_back(std::make_unique<RelayHost>(lans,
                                                     static_cast<std::uint8_t>(200 + relays.size()),
                                                     std::move(routes), rules, election));
        return *relays.back();
    }
    // Lets all relays work until nothing is under way; false if that does not end.
    bool settle() {
        for (int turn = 0; turn < 1000; ++turn) {
            for (const auto& host : relays)
                host->relay->poll(now);
            // Asked when all have spoken: what one said waits in another.
            if (std::all_of(relays.begin(), relays.end(),
                            [](const auto& host) { return host->machine.waiting() == 0; }))
                return true;
        }
        return false;
    }
    [[nodiscard]] std::size_t copies(std::size_t lan, const std::string& payload) const {
        return static_cast<std::size_t>(
            std::count_if(lans[lan].seen.begin(), lans[lan].seen.end(),
                          [&](const PlainPacket& packet) { return packet.payload == payload; }));
    }

    std::deque<PlainLan> lans;
    std::vector<std::unique_ptr<RelayHost>> relays;
    Instant now = kStart;
};

}  // namespace mcast::relay
