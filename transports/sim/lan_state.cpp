#include "transports/sim/lan_state.hpp"

#include <algorithm>
#include <cerrno>

#include "mcast/assert.hpp"
#include "transports/sim/sim_clock.hpp"
#include "transports/sim/sim_monitor.hpp"
#include "transports/sim/sim_transport.hpp"

namespace mcast::sim {

namespace {

// Not zero, so that an Instant that was forgotten is not mistaken for the start.
constexpr Instant kStart{std::chrono::seconds(1)};
// 2024-01-01 00:00:00 UTC: what the wall clocks showed at Instant 0.
constexpr WallTime kWallStart{std::chrono::seconds(1704067200)};
// Bytes before the payload: IPv4 20 or IPv6 40 (no options), and UDP 8.
constexpr std::uint32_t kIpv4Overhead = 28;
constexpr std::uint32_t kIpv6Overhead = 48;

Way way_to(const Address& destination, const Adapter& adapter) {
    if (destination.is_multicast()) return Way::Multicast;
    if (destination.is_limited_broadcast()) return Way::Broadcast;
    return adapter.broadcasts() && destination == adapter.broadcast ? Way::Broadcast : Way::Unicast;
}

// As the kernel's sendmsg would.
int refusal(const Adapter* adapter, bool has_socket, const Datagram& datagram) {
    if (adapter == nullptr) return ENODEV;
    if (!adapter->up) return ENETDOWN;
    const Address& destination = datagram.destination.address;
    const Address& source = adapter->address(destination.family());
    if (!has_socket || source.family() == Family::None) return EADDRNOTAVAIL;
    if (destination.is_limited_broadcast() && !adapter->broadcasts()) return ENETUNREACH;
    const std::uint32_t overhead =
        destination.family() == Family::Ipv4 ? kIpv4Overhead : kIpv6Overhead;
    return datagram.buffer.size() + overhead > adapter->port.mtu ? EMSGSIZE : 0;
}

}  // namespace

Lan::State::State(std::uint64_t seed, const Options& transport_options)
    : now(kStart), options(transport_options), fault_random(seed), seed_random(split_mix(seed)) {}

int Lan::State::send(const Sender& sender, const Datagram& datagram) {
    Machine& from = sender.machine;
    ++counters.sent;
    counters.sent_bytes += datagram.buffer.size();
    const Adapter* adapter = from.find(datagram.interface);
    if (const int error = refusal(adapter, sender.has_socket, datagram)) return error;

    const Endpoint& destination = datagram.destination;
    ParcelHandle parcel = parcels.take();
    parcel->bytes.assign(datagram.buffer.bytes().begin(), datagram.buffer.bytes().end());
    parcel->source = {adapter->address(destination.address.family()), sender.port};
    parcel->destination = destination;
    parcel->way = way_to(destination.address, *adapter);
    parcel->network = adapter->network;
    if (capture != nullptr) {
        Datagram seen = datagram;
        seen.source = parcel->source;
        seen.way = parcel->way;
        capture(capture_context, seen);
    }

    const std::uint32_t number = from.number();
    if (parcel->way == Way::Unicast) {
        for (const Adapter& own : from.adapters()) {
            if (own.address(destination.address.family()) != destination.address) continue;
            loop_back(number, own.index, parcel);
            return 0;
        }
    } else if (sender.loops || parcel->way == Way::Broadcast) {
        // As IP_MULTICAST_LOOP does.
        loop_back(number, adapter->index, parcel);
    }
    cross_network(number, *adapter, parcel);
    return 0;
}

void Lan::State::loop_back(std::uint32_t number, InterfaceIndex interface,
                           const ParcelHandle& parcel) {
    if (wanted(number, interface, *parcel)) arrivals.push(now, parcel, number, interface);
}

void Lan::State::cross_network(std::uint32_t from, const Adapter& sender,
                               const ParcelHandle& parcel) {
    Network& network = networks[sender.network];
    const Fate fate{now, fault_random, counters, parcels, arrivals};
    const Address& destination = parcel->destination.address;
    for (Plug& plug : network.plugs()) {
        if (plug.machine == from && plug.interface == sender.index) continue;
        const Adapter& receiver = *machines[plug.machine]->find(plug.interface);
        if (parcel->way == Way::Unicast && receiver.address(destination.family()) != destination) {
            continue;
        }
        // Like a switch that snoops: who is not a member is not even a loss.
        if (!wanted(plug.machine, plug.interface, *parcel)) continue;
        if (!receiver.up || network.filters(parcel->way) || is_partitioned(from, plug.machine)) {
            ++counters.partitioned;
            continue;
        }
        network.carry(fate, parcel, plug);
    }
}

bool Lan::State::wanted(std::uint32_t number, InterfaceIndex interface,
                        const Parcel& parcel) const {
    const std::vector<SimTransport*>& transports = machines[number]->transports();
    return std::any_of(transports.begin(), transports.end(), [&](const SimTransport* transport) {
        return transport->wants(interface, parcel.destination, parcel.way);
    });
}

bool Lan::State::is_partitioned(std::uint32_t from, std::uint32_t to) const {
    return std::find(partitions.begin(), partitions.end(), std::pair(from, to)) != partitions.end();
}

void Lan::State::deliver_due(Instant time) {
    for (auto next = arrivals.next_time(); next && *next <= time; next = arrivals.next_time()) {
        now = std::max(now, *next);
        deliver(arrivals.pop());
    }
    now = std::max(now, time);
}

void Lan::State::deliver(const Arrival& arrival) {
    Machine& receiver = *machines[arrival.machine];
    const Adapter* adapter = receiver.find(arrival.interface);
    // Pulled, re-created or moved meanwhile.
    if (adapter == nullptr || !adapter->up || adapter->network != arrival.parcel->network) {
        ++counters.partitioned;
        return;
    }
    for (SimTransport* transport : receiver.transports()) {
        const Parcel& parcel = *arrival.parcel;
        if (!transport->wants(arrival.interface, parcel.destination, parcel.way)) continue;
        const bool taken = transport->deliver(arrival.parcel, arrival.interface, wall_now());
        ++(taken ? counters.delivered : counters.overflowed);
    }
}

WallTime Lan::State::wall_now() const {
    return kWallStart + now.time_since_epoch();
}

std::uint32_t Lan::State::network(std::string_view name) {
    const auto found = std::find_if(networks.begin(), networks.end(),
                                    [name](const Network& other) { return other.name() == name; });
    const auto number = static_cast<std::uint32_t>(found - networks.begin());
    if (found != networks.end()) return number;
    MCAST_ASSERT(number < 255, "a simulated Lan has at most 255 networks");
    networks.emplace_back(std::string(name), number);
    return number;
}

std::uint32_t Lan::State::machine(std::string_view name) {
    const auto found = std::find_if(
        machines.begin(), machines.end(),
        [name](const std::unique_ptr<Machine>& other) { return other->name() == name; });
    MCAST_ASSERT(found != machines.end(), "no simulated host has this name");
    return static_cast<std::uint32_t>(found - machines.begin());
}

Adapter& Lan::State::adapter(std::uint32_t number, std::string_view interface) {
    Adapter* found = machines[number]->find(interface);
    MCAST_ASSERT(found != nullptr, "the simulated host has no interface of this name");
    return *found;
}

void Lan::State::plug(std::uint32_t number, Adapter& adapter, std::uint32_t to) {
    Network& network = networks[to];
    const std::uint32_t host_number = network.take_host_number();
    adapter.network = to;
    adapter.port.network = network.name();
    adapter.ipv4 = adapter.port.ipv4 ? network.address(Family::Ipv4, host_number) : Address{};
    adapter.ipv6 = adapter.port.ipv6 ? network.address(Family::Ipv6, host_number) : Address{};
    // Tunnels and the loopback have no broadcast, as in Linux.
    const bool broadcasts =
        adapter.port.kind != InterfaceKind::Tunnel && adapter.port.kind != InterfaceKind::Loopback;
    adapter.broadcast = broadcasts && adapter.port.ipv4 ? network.directed_broadcast() : Address{};
    network.plug({number, adapter.index});
}

void Lan::State::unplug(std::uint32_t number, const Adapter& adapter) {
    networks[adapter.network].unplug({number, adapter.index});
}

void Lan::State::set_ports(std::uint32_t number, const std::vector<Port>& ports) {
    Machine& machine = *machines[number];
    std::vector<Adapter> before = std::move(machine.adapters());
    machine.adapters().clear();
    for (const Port& port : ports) {
        MCAST_ASSERT(machine.find(port.name) == nullptr,
                     "two interfaces of a simulated host have the same name");
        const auto same = [&port](const Adapter& old) {
            return old.port.name == port.name && old.port.network == port.network &&
                   old.port.ipv4 == port.ipv4 && old.port.ipv6 == port.ipv6;
        };
        const auto kept = std::find_if(before.begin(), before.end(), same);
        if (kept != before.end()) {
            machine.adapters().push_back(*kept);
            machine.adapters().back().port = port;
            machine.adapters().back().up = true;
            before.erase(kept);
            continue;
        }
        Adapter& adapter = machine.adapters().emplace_back();
        adapter.port = port;
        adapter.index = machine.take_index();
        plug(number, adapter, network(port.network));
    }
    for (const Adapter& gone : before)
        unplug(number, gone);
    machine.mark_changed();
}

Host Lan::State::make_host(std::uint32_t number) {
    Machine& machine = *machines[number];
    Host host;
    host.clock = std::make_unique<SimClock>(*this);
    host.interfaces = std::make_unique<SimMonitor>(machine);
    host.transport = std::make_unique<SimTransport>(*this, machine, options);
    host.seed = seed_random.next();
    return host;
}

}  // namespace mcast::sim
