#include "tools/backend/backend.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

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

}  // namespace

const std::vector<std::string>& backends() {
    static const std::vector<std::string> names{"socket", "uring"};
    return names;
}

Result<Node> open_node(const NodeOptions& options, const std::string& backend) {
    if (backend == "socket") return Node::open(options);
    if (backend == "uring") return open_over_uring(options);
    std::string known;
    for (const std::string& name : backends())
        known += (known.empty() ? "" : ", ") + name;
    return Error{ErrorCode::InvalidArgument, EINVAL,
                 "backend '" + backend + "' is not known; there are: " + known};
}

std::string why_not(const Node& node, const std::string& backend) {
    const Capabilities& capabilities = node.capabilities();
    if (capabilities.name == backend || capabilities.notes.empty()) return {};
    return capabilities.notes.front();
}

}  // namespace mcast::tools
