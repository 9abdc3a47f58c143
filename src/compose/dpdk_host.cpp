#include <cerrno>
#include <utility>

#include "mcast/dpdk.hpp"
#include "platform/entropy.hpp"
#include "platform/netlink_monitor.hpp"
#include "platform/steady_clock.hpp"
#include "transports/dpdk/device_name.hpp"
#include "transports/dpdk/dpdk_transport.hpp"
#include "transports/dpdk/eal.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/port.hpp"
#include "transports/dpdk/port_addresses.hpp"
#include "transports/dpdk/port_monitor.hpp"
#include "transports/dpdk/port_table.hpp"

namespace mcast::dpdk {

namespace {

constexpr std::size_t kDatagramLeast = 64;   // the largest header alone
constexpr std::size_t kDatagramMost = 9000;  // of jumbo frames; an mbuf is one piece
constexpr std::uint16_t kVlanMost = 4094;    // IEEE 802.1Q, 9.6: 4095 is reserved

Error invalid(const std::string& what) {
    return {ErrorCode::InvalidArgument, EINVAL, "dpdk options: " + what};
}

Result<Options> checked(const Options& options) {
    if (options.port == 0) return invalid("port is 0; everybody must know it, e.g. 7400");
    if (options.unicast_port == options.port)
        return invalid("port and unicast_port are both " + std::to_string(options.port));
    if (options.datagram_max < kDatagramLeast || options.datagram_max > kDatagramMost)
        return invalid("datagram_max is " + std::to_string(options.datagram_max) +
                       "; it must be from " + std::to_string(kDatagramLeast) + " to " +
                       std::to_string(kDatagramMost));
    if (options.transmit_buffer_count == 0 || options.receive_buffer_count == 0)
        return invalid("transmit_buffer_count and receive_buffer_count must not be 0");
    if (options.nodes_max == 0) return invalid("nodes_max is 0; one node at least uses the port");
    if (options.vlan > kVlanMost)
        return invalid("vlan is " + std::to_string(options.vlan) + "; it must be from 1 to 4094");
    if (options.igmp_version != 0 && options.igmp_version != 2 && options.igmp_version != 3)
        return invalid("igmp_version is " + std::to_string(options.igmp_version) +
                       "; it must be 2, 3 or 0");
    Options result = options;
    result.datagram_max &= ~std::size_t{7};
    return result;
}

Result<Host> open_host(const Options& options) {
    Result<PortLease> port = PortLease::open(options);
    if (!port) return port.error();
    Result<std::vector<InterfaceAddress>> addresses =
        port_addresses(options.addresses, (*port)->mac());
    if (!addresses) return addresses.error();
    std::unique_ptr<InterfaceMonitor> kernel;
    if ((*port)->has_kernel_interface()) {
        auto monitor = platform::make_netlink_monitor();
        if (!monitor) return monitor.error();
        kernel = std::move(*monitor);
    } else if (addresses->empty()) {
        return invalid("no kernel interface stays beside " + (*port)->device().name().name +
                       ", so its addresses must be given, e.g. 10.0.0.2/24");
    }
    Host host;
    host.clock = std::make_unique<platform::SteadyClock>();
    host.interfaces =
        std::make_unique<PortMonitor>(*port, std::move(*addresses), std::move(kernel));
    auto transport = DpdkTransport::open(options, *port, *host.clock);
    if (!transport) return transport.error();
    host.transport = std::move(*transport);
    host.seed = platform::random_seed();
    return host;
}

}  // namespace

Result<Host> host(const Options& options) {
    Result<Options> usable = checked(options);
    if (!usable) return usable.error();
    const Result<DeviceName> name = DeviceName::parse(options.device);
    if (!name) return name.error().within("dpdk");
    const bool pci = name->kind == DeviceName::Kind::Pci;
    Result<void> started = start_eal({options.memory, options.memory_size, pci});
    Result<Host> host = started ? open_host(*usable) : Result<Host>(started.error());
    eal_log().drain(options.log);
    if (!host) return host.error().within("dpdk");
    return host;
}

}  // namespace mcast::dpdk
