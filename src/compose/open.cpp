#include "mcast/node.hpp"
#include "mcast/socket.hpp"
#include "platform/host_name.hpp"

#include <cstdio>

namespace mcast {

namespace {

void log_to_standard_error(LogLevel level, std::string_view line) {
    if (level < LogLevel::Warning) return;
    std::fprintf(stderr, "libmcast: %.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace

Result<Node> Node::open(const NodeOptions& options) {
    NodeOptions complete = options;
    if (complete.name.empty()) complete.name = platform::default_node_name();
    if (!complete.log) complete.log = log_to_standard_error;
    socket::Options socket_options;
    socket_options.port = options.port;
    socket_options.unicast_port = options.unicast_port;
    socket_options.ipv4 = options.ipv4;
    socket_options.ipv6 = options.ipv6;
    Result<Host> host = socket::host(socket_options);
    if (!host) return host.error().within("open " + complete.name);
    return open(complete, std::move(*host));
}

}  // namespace mcast
