#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "mcast/sim.hpp"
#include "transports/sim/arrival_queue.hpp"
#include "transports/sim/machine.hpp"
#include "transports/sim/network.hpp"
#include "transports/sim/parcel.hpp"

namespace mcast::sim {

// The machines, the networks between them, what is under way, and the time.
struct Lan::State {
    State(std::uint64_t seed, const Options& transport_options);

    // Hands a datagram that a node of `machine` sends to everyone who will receive it; 0 or the
    // errno with which a kernel would refuse it.
    struct Sender {
        Machine& machine;
        std::uint16_t port = 0;
        bool has_socket = false;  // it attached the interface, with the destination's family
        bool loops = true;        // multicast, to the machine itself
    };
    int send(const Sender& sender, const Datagram& datagram);
    // Moves time on, never back, and delivers what arrives until then.
    void deliver_due(Instant time);
    [[nodiscard]] WallTime wall_now() const;

    // By name; a network comes into being when it is first mentioned, a machine must exist.
    [[nodiscard]] std::uint32_t network(std::string_view name);
    [[nodiscard]] std::uint32_t machine(std::string_view name);
    [[nodiscard]] Adapter& adapter(std::uint32_t machine, std::string_view interface);

    // Gives an adapter addresses of a network and plugs it in there.
    void plug(std::uint32_t machine, Adapter& adapter, std::uint32_t network);
    void unplug(std::uint32_t machine, const Adapter& adapter);
    // The interfaces of a machine become these, all up. Those that were there stay as they are.
    void set_ports(std::uint32_t machine, const std::vector<Port>& ports);
    [[nodiscard]] Host make_host(std::uint32_t machine);

    Instant now;
    Options options;
    Random fault_random;
    Random seed_random;
    Counters counters;
    ParcelStore parcels;  // before all that holds parcels
    ArrivalQueue arrivals;
    std::vector<Network> networks;
    std::vector<std::unique_ptr<Machine>> machines;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> partitions;  // from, to
    void (*capture)(void* context, const Datagram& datagram) = nullptr;
    void* capture_context = nullptr;

private:
    [[nodiscard]] bool wanted(std::uint32_t machine, InterfaceIndex interface,
                              const Parcel& parcel) const;
    [[nodiscard]] bool is_partitioned(std::uint32_t from, std::uint32_t to) const;
    void loop_back(std::uint32_t machine, InterfaceIndex interface, const ParcelHandle& parcel);
    void cross_network(std::uint32_t from, const Adapter& sender, const ParcelHandle& parcel);
    void deliver(const Arrival& arrival);
};

}  // namespace mcast::sim
