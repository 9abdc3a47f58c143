#include "tools/backend/backend.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#ifdef MCAST_WITH_DPDK
#include "mcast/dpdk.hpp"
#endif
#include "mcast/uring.hpp"
#include "platform/host_name.hpp"

namespace mcast::tools {

namespace {

Result<Node> open_over_uring(NodeOptions options) {
    if (options.name.empty()) options.name = platform::default_node_name();
    uring::Options host_options;
    host_options.sockets.port = options.port;
    host_options.sockets.unicast_port = options.unicast_port;
    host_options.sockets.ipv4 = options.ipv4;
    host_options.sockets.ipv6 = options.ipv6;
    Result<Host> host = uring::host(host_options);
    if (!host) return host.error().within("open " + options.name);
    return Node::open(options, std::move(*host));
}

constexpr std::string_view kDpdk = "dpdk:";

#ifdef MCAST_WITH_DPDK
Result<Node> open_over_dpdk(NodeOptions options, const std::string& device) {
    if (options.name.empty()) options.name = platform::default_node_name();
    dpdk::Options host_options;
    host_options.device = device;
    host_options.port = options.port;
    host_options.unicast_port = options.unicast_port;
    host_options.log = options.log;
    Result<Host> host = dpdk::host(host_options);
    if (!host) return host.error().within("open " + options.name);
    return Node::open(options, std::move(*host));
}
#else
Result<Node> open_over_dpdk(const NodeOptions&, const std::string&) {
    return Error{ErrorCode::Unsupported, 0,
                 "this program was built without DPDK: build it with -Ddpdk=enabled"};
}
#endif

}  // namespace

const std::vector<std::string>& backends() {
    static const std::vector<std::string> names{"socket", "uring"};
    return names;
}

bool is_backend(const std::string& name) {
    return name == "socket" || name == "uring" ||
           (name.starts_with(kDpdk) && name.size() > kDpdk.size());
}

Result<Node> open_node(const NodeOptions& options, const std::string& backend) {
    if (backend == "socket") return Node::open(options);
    if (backend == "uring") return open_over_uring(options);
    if (is_backend(backend)) return open_over_dpdk(options, backend.substr(kDpdk.size()));
    std::string known;
    for (const std::string& name : backends())
        known += (known.empty() ? "" : ", ") + name;
    return Error{ErrorCode::InvalidArgument, EINVAL,
                 "backend '" + backend + "' is not known; there are: " + known +
                     ", and dpdk:DEVICE, as in dpdk:net_af_packet0,iface=eth1"};
}

std::string why_not(const Node& node, const std::string& backend) {
    const Capabilities& capabilities = node.capabilities();
    if (backend.starts_with(capabilities.name) || capabilities.notes.empty()) return {};
    return capabilities.notes.front();
}

}  // namespace mcast::tools
