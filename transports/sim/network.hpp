#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "mcast/sim.hpp"
#include "transports/sim/arrival_queue.hpp"
#include "transports/sim/parcel.hpp"

namespace mcast::sim {

// A socket of the switch and what is plugged into it.
struct Plug {
    std::uint32_t machine = 0;
    InterfaceIndex interface;
    std::uint32_t burst_left = 0;  // datagrams that will be lost on their way to it
};

// What a network needs to decide the fate of a datagram.
struct Fate {
    Instant now;
    Random& random;
    Counters& counters;
    ParcelStore& parcels;
    ArrivalQueue& arrivals;
};

// A switch: reaches every plug, each with faults of its own.
class Network {
public:
    Network(std::string name, std::uint32_t number) : name_(std::move(name)), number_(number) {}

    [[nodiscard]] const std::string& name() const { return name_; }
    // In the order in which they were plugged in.
    [[nodiscard]] const std::vector<Plug>& plugs() const { return plugs_; }
    [[nodiscard]] std::vector<Plug>& plugs() { return plugs_; }
    void plug(Plug plug) { plugs_.push_back(plug); }
    void unplug(Plug plug);

    void set_faults(const Faults& faults) { faults_ = faults; }
    void filter(bool broadcast);
    void heal();
    // Whether a filter stops what travels this way.
    [[nodiscard]] bool filters(Way way) const {
        return way == Way::Multicast ? filters_multicast_
                                     : way == Way::Broadcast && filters_broadcast_;
    }

    // Sends a copy towards `to`, one of ours: loses, delays, doubles or changes it as the faults
    // say.
    void carry(const Fate& fate, const ParcelHandle& parcel, Plug& to) const;

    // An address that nobody on this network has had yet: 10.<number>.0.0/16, fe80::<number>:x.
    [[nodiscard]] std::uint32_t take_host_number();
    [[nodiscard]] Address address(Family family, std::uint32_t host_number) const;
    [[nodiscard]] Address directed_broadcast() const;

private:
    void carry_copy(const Fate& fate, ParcelHandle parcel, Plug to) const;

    std::string name_;
    std::uint32_t number_;
    Faults faults_;
    bool filters_multicast_ = false;
    bool filters_broadcast_ = false;
    std::uint32_t host_count_ = 0;
    std::vector<Plug> plugs_;
};

}  // namespace mcast::sim
