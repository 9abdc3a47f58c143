#include "tools/mcast/bench/open_node.hpp"

namespace mcast::bench {

Result<Node> open_node(const NodeOptions& options, const std::string& backend) {
    if (backend == "socket") return Node::open(options);
    return Error{ErrorCode::Unsupported, 0, "backend '" + backend + "' is not part of this build"};
}

std::vector<std::string> backends() {
    return {"socket"};
}

}  // namespace mcast::bench
