#include <unistd.h>

#include "tests/conformance/dpdk_world.hpp"

namespace mcast::conformance {

namespace {

WorldMaker veth_world(const std::string& name, const char* driver, DpdkEnds ends) {
    return {name, [driver, ends] {
                return std::make_unique<DpdkVethWorld>(bare_veth_pair(), driver, ends);
            }};
}

}  // namespace

std::vector<WorldMaker> worlds() {
    std::vector<WorldMaker> result{{"Ring", ring_world}};
    if (::geteuid() != 0) return result;
    result.push_back(veth_world("AfPacket", "net_af_packet", DpdkEnds::Both));
    result.push_back(veth_world("AfPacketToSocket", "net_af_packet", DpdkEnds::Here));
    result.push_back(veth_world("SocketToAfPacket", "net_af_packet", DpdkEnds::There));
    return result;
}

}  // namespace mcast::conformance
