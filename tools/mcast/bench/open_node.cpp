#include "tools/mcast/bench/open_node.hpp"

#include "mcast/socket.hpp"
#include "tools/mcast/bench/case.hpp"

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

}  // namespace

Result<Node> open_node(const NodeOptions& options, const std::string& backend) {
    if (backend == "socket") return Node::open(options);
    if (backend == kPlainSockets) return open_plain(options);
    return Error{ErrorCode::Unsupported, 0, "backend '" + backend + "' is not part of this build"};
}

std::vector<std::string> backends() {
    return {"socket", kPlainSockets};
}

}  // namespace mcast::bench
