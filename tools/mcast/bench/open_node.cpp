#include "tools/mcast/bench/open_node.hpp"

#include "mcast/socket.hpp"
#include "mcast/uring.hpp"
#include "tools/backend/backend.hpp"
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
    if (backend == kPlainSockets) return open_plain(options);
    Result<Node> node = tools::open_node(options, backend);
    if (!node) return node;
    // Figures of another backend than was asked for would be worse than none.
    const std::string why = tools::why_not(*node, backend);
    if (!why.empty()) return Error{ErrorCode::Unsupported, 0, why};
    return node;
}

std::vector<std::string> backends() {
    std::vector<std::string> usable = tools::backends();
    if (!uring::host({.fallback = false})) std::erase(usable, "uring");
    usable.emplace_back(kPlainSockets);
    return usable;
}

}  // namespace mcast::bench
