#include "tools/mcast/bench/open_node.hpp"

#include "mcast/socket.hpp"
#include "mcast/uring.hpp"
#include "tools/backend/backend.hpp"
#include "tools/mcast/bench/case.hpp"
#ifdef MCAST_BENCH_DPDK
#include "mcast/dpdk.hpp"
#include "tools/mcast/bench/raw_dpdk_port.hpp"
#endif

namespace mcast::bench {
namespace {

Result<Node> open_plain(const NodeOptions& options) {
    socket::Options plain;
    plain.port = options.port;
    plain.unicast_port = options.unicast_port;
    plain.ipv4 = options.ipv4;
    plain.ipv6 = options.ipv6;
    plain.gso = false;
    plain.gro = false;
    auto host = socket::host(plain);
    if (!host) return host.error();
    return Node::open(options, std::move(*host));
}

#ifdef MCAST_BENCH_DPDK
Result<Node> open_dpdk(NodeOptions options, const std::string& backend, Role role) {
    auto device = device_for(backend, role, options.domain);
    if (!device) return device.error();
    dpdk::Options host_options;
    host_options.device = *device;
    if (std::string address = device_address(*find_device(backend), role); !address.empty())
        host_options.addresses = {std::move(address)};
    host_options.port = options.port;
    auto host = dpdk::host(host_options);
    if (!host) return host.error();
    options.interfaces.clear();  // it has one; those that were asked for are the kernel's
    return Node::open(options, std::move(*host));
}
#else
Result<Node> open_dpdk(const NodeOptions&, const std::string& backend, Role) {
    return Error{ErrorCode::Unsupported, 0, backend + ": this program was built without DPDK"};
}
#endif

// Why a device cannot be measured here; empty if it can.
std::string why_not(const Device& device, bool namespaces, bool apart) {
#ifdef MCAST_BENCH_DPDK
    if (apart) return "its two ends are on this machine: leave out --to";
    if (device.on_link && !namespaces)
        return "it needs namespaces of our own: run as root, without --interface";
#ifndef MCAST_BENCH_DPDK_RING
    if (device.in_one_process)
        return "this program was built without DPDK's ring driver (Debian: libdpdk-dev)";
#endif
    return {};
#else
    static_cast<void>(device);
    static_cast<void>(namespaces);
    static_cast<void>(apart);
    return "this program was built without DPDK (Debian: libdpdk-dev)";
#endif
}

}  // namespace

Result<Node> open_node(const NodeOptions& options, const std::string& backend, Role role) {
    if (backend == kPlainSockets) return open_plain(options);
    if (find_device(backend) != nullptr) return open_dpdk(options, backend, role);
    Result<Node> node = tools::open_node(options, backend);
    if (!node) return node;
    // Figures of another backend than was asked for would be worse than none.
    const std::string why = tools::why_not(*node, backend);
    if (!why.empty()) return Error{ErrorCode::Unsupported, 0, why};
    return node;
}

Result<std::string> device_for(const std::string& backend, Role role, const std::string& run) {
    const Device* const device = find_device(backend);
    if (device == nullptr)
        return Error{ErrorCode::InvalidArgument, 0, "'" + backend + "' is no backend of DPDK"};
#ifdef MCAST_BENCH_DPDK_RING
    if (device->in_one_process) return ring_port(role);
#endif
    return device_text(*device, role, run);
}

std::vector<std::string> backend_names() {
    std::vector<std::string> names = tools::backends();
    names.emplace_back(kPlainSockets);
    for (const Device& device : devices())
        names.emplace_back(device.backend);
    return names;
}

Backends backends(bool namespaces, bool apart) {
    Backends found;
    for (const std::string& name : backend_names()) {
        std::string why;
        if (const Device* const device = find_device(name)) {
            why = why_not(*device, namespaces, apart);
        } else if (name == "uring") {
            if (auto ring = uring::host({.fallback = false}); !ring) why = ring.error().what;
        }
        if (why.empty())
            found.usable.push_back(name);
        else
            found.missing.push_back({name, why});
    }
    return found;
}

}  // namespace mcast::bench
