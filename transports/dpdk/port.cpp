#include "transports/dpdk/port.hpp"

#include <rte_mbuf.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "mcast/assert.hpp"
#include "platform/entropy.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/mbuf_plan.hpp"

namespace mcast::dpdk {

namespace {

// Peers of a port, beside those that merely send.
constexpr std::size_t kNeighboursMax = 1024;
// Interfaces without a kernel interface: beyond all that a kernel can give (its are positive ints).
constexpr std::uint32_t kSyntheticIndex = 0x80000000;
// AF_XDP: the driver keeps twice its descriptors in the kernel's fill ring.
constexpr std::size_t kXdpFillFactor = 2;

// The driver knows an ifindex, but the interface is the far end of the cable, or somebody else's.
bool stands_on_kernel_interface(const EthernetDevice& device) {
    return device.traits().kernel_interface != 0 && !device.name().is("net_tap") &&
           !device.name().is("net_memif");
}

// Its driver leaves the mbufs of its rings where they are when it ends.
bool keeps_mbufs(const EthernetDevice& device) {
    return device.name().is("net_af_xdp");
}

InterfaceIndex index_of(const EthernetDevice& device) {
    if (stands_on_kernel_interface(device)) return {device.traits().kernel_interface};
    static std::atomic<std::uint32_t> count{0};
    return {kSyntheticIndex | count.fetch_add(1, std::memory_order_relaxed)};
}

// Software devices such as rings have none; then one of our own, locally administered.
MacAddress mac_of(const EthernetDevice& device) {
    MacAddress mac = device.mac();
    if (!mac.is_zero() && !mac.is_group()) return mac;
    std::uint64_t random = platform::random_seed();
    for (std::uint8_t& byte : mac.bytes) {
        byte = static_cast<std::uint8_t>(random);
        random >>= 8;
    }
    mac.bytes[0] = static_cast<std::uint8_t>((mac.bytes[0] & 0xfc) | 0x02);
    return mac;
}

Station station_of(const EthernetDevice& device, const Options& options) {
    Station station{.mac = mac_of(device)};
    if (options.vlan != 0) station.tag = options.vlan;
    return station;
}

// The interface whose memberships the kernel keeps for us; none: we keep them.
std::optional<InterfaceIndex> membership_interface(const EthernetDevice& device,
                                                   InterfaceIndex index, bool filtered,
                                                   const Options& options) {
    if (options.membership == Membership::User || !stands_on_kernel_interface(device))
        return std::nullopt;
    // Libxdp's program takes every frame, queries among them: the kernel would never answer one.
    const bool deaf = device.name().is("net_af_xdp") && !filtered;
    // The kernel would report without our tag, in another VLAN.
    const bool elsewhere = options.vlan != 0;
    if (options.membership == Membership::Auto && (deaf || elsewhere)) return std::nullopt;
    return index;
}

// Why a port on AF_XDP has to go without the port filter; empty if it has not.
std::string obstacle(const DeviceName& name, const Options& options) {
    if (!options.port_filter) return "by the options";
    if (!name.argument("xdp_prog").empty()) return "the device has an xdp_prog of its own";
    if (options.vlan != 0) return {};  // all of it is ours, as without a filter
    if (options.membership == Membership::User)
        return "a membership of our own has to see what routers ask";
    if (!options.addresses.empty())
        return "addresses are given, for which the kernel would not answer";
    return {};
}

// Before the device is added, which takes the filter's driver program as an argument.
Port::Partition partition_for(DeviceName& name, const Options& options) {
    Port::Partition partition;
    if (!name.is("net_af_xdp")) return partition;
    std::string why = obstacle(name, options);
    if (why.empty()) {
        Result<PortFilter> filter = PortFilter::make(options.vlan);
        if (filter) {
            name.add_argument("xdp_prog", filter->driver_path());
            partition.filter = std::move(*filter);
            return partition;
        }
        why = filter.error().what;
    }
    partition.note = "no port filter, every frame is taken from the kernel: " + why;
    return partition;
}

Result<void> start(EthernetDevice& device, rte_mempool& pool, Port::Partition& partition) {
    const std::uint32_t interface = device.traits().kernel_interface;
    if (partition.filter) PortFilter::clean(interface);
    Result<void> started = device.start(pool);
    if (!partition.filter) return started;
    if (started) started = partition.filter->engage(interface, device.mac());
    if (!started) {
        PortFilter::clean(interface);
        return started.error().within(device.name().name);
    }
    return started;
}

MbufPlan plan_for(const Options& options, const EthernetDevice& device) {
    MbufPlan plan;
    plan.receive_descriptors = device.traits().receive_descriptors;
    plan.transmit_descriptors = device.traits().transmit_descriptors;
    if (device.name().is("net_af_xdp")) plan.fill_ring = kXdpFillFactor * plan.receive_descriptors;
    plan.burst = SendBurst::kMax;
    plan.nodes_max = options.nodes_max;
    plan.transmit_buffer_count = options.transmit_buffer_count;
    plan.receive_buffer_count = options.receive_buffer_count;
    return plan;
}

}  // namespace

Result<std::unique_ptr<Port>> Port::open(const Options& options) {
    Result<DeviceName> name = DeviceName::parse(options.device);
    if (!name) return name.error();
    const std::size_t mtu = options.mtu != 0 ? options.mtu : 1500;
    complete_arguments(*name, mtu + kEthernetSize + kVlanTagSize);
    Partition partition = partition_for(*name, options);
    Result<EthernetDevice> device =
        EthernetDevice::open(*name, {.mtu = options.mtu,
                                     .receive_descriptors = options.receive_descriptors,
                                     .transmit_descriptors = options.transmit_descriptors});
    if (!device) return device.error();
    const Result<std::size_t> count = mbuf_count(plan_for(options, *device), options.mbuf_count);
    if (!count) return count.error().within(name->name);
    Result<MbufPool> pool =
        MbufPool::make({.count = *count,
                        .header_size = udp_header_size(Family::Ipv4, options.vlan != 0),
                        .frame_max = device->traits().mtu + kEthernetSize + kVlanTagSize,
                        .datagram_max = options.datagram_max,
                        .across_pages = name->kind != DeviceName::Kind::Pci});
    if (!pool) return pool.error().within(name->name);
    if (Result<void> started = start(*device, *pool->get(), partition); !started) {
        const bool keeps = keeps_mbufs(*device);
        { const EthernetDevice ends_here = std::move(*device); }
        if (keeps) pool->forget_missing();
        return started.error();
    }
    return std::make_unique<Port>(std::move(*device), std::move(*pool), std::move(partition),
                                  options);
}

Port::Port(EthernetDevice device, MbufPool pool, Partition partition, const Options& options)
    : options_(options),
      pool_(std::move(pool)),
      device_(std::move(device)),
      partition_(std::move(partition)),
      kernel_interface_(stands_on_kernel_interface(device_)),
      index_(index_of(device_)),
      station_(station_of(device_, options)),
      neighbours_(station_, kNeighboursMax),
      groups_(station_,
              membership_interface(device_, index_, partition_.filter.has_value(), options),
              options.igmp_version, platform::random_seed()) {
    filter_.mac = station_.mac;
    if (options.vlan != 0) filter_.vlan = options.vlan;
    filter_.verify_udp_checksum = options.udp_checksum;
    if (!options.udp_checksum)
        style_.checksum = UdpChecksum::Zero;
    else if (device_.traits().sums_udp)
        style_.checksum = UdpChecksum::Device;
    link_up_ = was_up_ = device_.link_up();
    neighbours_.on_link(clock_.now(), was_up_);
    groups_.on_link(clock_.now(), was_up_);
    device_.filter_groups(groups_.macs());
}

Port::~Port() {
    MCAST_ASSERT(users_.empty(), "a port ends after its nodes");
    const bool keeps = keeps_mbufs(device_);
    partition_.filter.reset();
    { const EthernetDevice ends_here = std::move(device_); }
    if (keeps) pool_.forget_missing();
}

Result<void> Port::add(PortUser& user) {
    if (users_.size() >= options_.nodes_max)
        return Error{ErrorCode::LimitReached, EBUSY,
                     device_.name().name + " is shared by " + std::to_string(users_.size()) +
                         " nodes of this process already: raise nodes_max of the first that opens "
                         "it"};
    users_.push_back(&user);
    routes_.push_back(std::make_unique<RouteCache>());
    return {};
}

void Port::remove(PortUser& user) {
    detach(user);
    waiting_.forget(user);
    const auto at = std::find(users_.begin(), users_.end(), &user);
    if (at == users_.end()) return;
    routes_.erase(routes_.begin() + (at - users_.begin()));
    users_.erase(at);
}

Result<void> Port::attach(PortUser& user, const Interface& interface) {
    if (!user.is_attached()) {
        if (Result<void> held = hold_port(user, interface); !held) return held;
    }
    user.attach(interface, user.unicast_port());
    forget_routes();
    update_addresses();
    update_filter();
    return {};
}

Result<void> Port::hold_port(PortUser& user, const Interface& interface) {
    const std::uint16_t first = free_unicast_port();
    const std::uint16_t wanted = options_.unicast_port;
    for (const PortUser* other : users_)
        if (other->is_attached() && other->unicast_port() == wanted)
            return Error{ErrorCode::AddressInUse, EADDRINUSE,
                         "bind port " + std::to_string(wanted) + " on " + interface.name +
                             ": another node of this process has it"};
    if (!kernel_interface_) {
        user.set_unicast_port(wanted != 0 ? wanted : first);
        return {};
    }
    Result<KernelPort> held =
        KernelPort::hold(index_, wanted, first, kUnicastPortCount, options_.port);
    if (!held) return held.error().within("attach " + interface.name);
    user.set_unicast_port(held->number());
    user.kernel_port = std::move(*held);
    return {};
}

void Port::update_addresses() {
    std::vector<InterfaceAddress> addresses;
    for (const PortUser* user : users_) {
        if (!user->is_attached()) continue;
        for (const InterfaceAddress& own : user->interface()->addresses)
            if (!own.tentative &&
                std::find(addresses.begin(), addresses.end(), own) == addresses.end())
                addresses.push_back(own);
    }
    neighbours_.set_addresses(clock_.now(), addresses);
    groups_.set_addresses(clock_.now(), addresses);
    if (!groups_.by_kernel()) device_.filter_groups(groups_.macs());
    write_due(clock_.now());
}

void Port::update_filter() {
    if (!partition_.filter) return;
    std::vector<std::uint16_t> ports;
    for (const PortUser* user : users_)
        if (user->is_attached()) ports.insert(ports.end(), {user->port(), user->unicast_port()});
    partition_.filter->set_ports(ports);
}

std::uint16_t Port::free_unicast_port() const {
    // Nodes of one port are few: one of so many is free.
    for (std::uint16_t port = kUnicastPortFirst;; ++port) {
        if (port == options_.port) continue;
        if (std::none_of(users_.begin(), users_.end(), [port](const PortUser* user) {
                return user->is_attached() && user->unicast_port() == port;
            }))
            return port;
    }
}

void Port::detach(PortUser& user) {
    if (!user.is_attached()) return;
    const std::vector<Group> groups = user.groups();
    for (const Group& group : groups)
        leave(user, group);
    user.detach();
    waiting_.forget(user);
    forget_routes();
    update_addresses();
    update_filter();
}

Result<void> Port::join(PortUser& user, const Group& group) {
    const bool first = !anybody_wants(group.address);
    forget_routes();
    if (!user.join(group) || !first) return {};
    if (Result<void> joined = groups_.join(clock_.now(), group.address); !joined) {
        user.leave(group);
        return joined;
    }
    if (!groups_.by_kernel()) device_.filter_groups(groups_.macs());
    write_due(clock_.now());
    return {};
}

void Port::leave(PortUser& user, const Group& group) {
    forget_routes();
    if (!user.leave(group) || anybody_wants(group.address)) return;
    groups_.leave(clock_.now(), group.address);
    if (!groups_.by_kernel()) device_.filter_groups(groups_.macs());
    write_due(clock_.now());
}

bool Port::anybody_wants(const Address& group) const {
    return std::any_of(users_.begin(), users_.end(),
                       [&](const PortUser* user) { return user->wants(group); });
}

void Port::forget_routes() {
    sender_ = {};
    reader_ = {};
    for (const auto& routes : routes_)
        routes->clear();
}

RouteCache& Port::routes_of(const PortUser& user) {
    const auto at = std::find(users_.begin(), users_.end(), &user);
    return *routes_[static_cast<std::size_t>(at - users_.begin())];
}

std::vector<std::string> Port::notes() const {
    std::vector<std::string> notes;
    const EthernetDevice::Traits& traits = device_.traits();
    notes.push_back("device " + device_.name().name + " by " + traits.driver + ", " +
                    to_string(station_.mac) + ", " + std::to_string(traits.receive_descriptors) +
                    " descriptors to receive into and " +
                    std::to_string(traits.transmit_descriptors) + " to send from");
    if (style_.checksum == UdpChecksum::Device)
        notes.emplace_back("the device computes UDP checksums");
    else if (style_.checksum == UdpChecksum::Software)
        notes.emplace_back("UDP checksums are computed here: the device cannot");
    else
        notes.emplace_back("no UDP checksums in IPv4, and wrong ones are let in: by the options");
    notes.emplace_back(groups_.by_kernel()
                           ? "group membership is the kernel's, through a helper socket"
                           : "group membership is our own: IGMP and MLD in this process");
    if (!groups_.by_kernel()) notes.emplace_back(device_.filter_used());
    if (partition_.filter)
        notes.emplace_back(
            options_.vlan == 0
                ? "the port filter takes UDP to our ports only; all else that comes "
                  "to the interface is the kernel's"
                : "the port filter takes all of our VLAN; all else that comes to the "
                  "interface is the kernel's");
    if (!partition_.note.empty()) notes.push_back(partition_.note);
    return notes;
}

PortCounters Port::counters() const {
    PortCounters result = counters_;
    for (std::size_t i = 1; i < kDropCauseCount; ++i) {
        const auto cause = static_cast<DropCause>(i);
        if (drops_[cause] > 0) result.dropped_frames.emplace_back(to_string(cause), drops_[cause]);
    }
    return result;
}

}  // namespace mcast::dpdk
