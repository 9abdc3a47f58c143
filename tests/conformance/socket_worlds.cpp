#include "tests/conformance/socket_world.hpp"

namespace mcast::conformance {

std::vector<WorldMaker> worlds() {
    std::vector<WorldMaker> result;
    for (const SocketWorldMaker& maker : socket_worlds())
        result.push_back({maker.name, maker.make});
    return result;
}

}  // namespace mcast::conformance
