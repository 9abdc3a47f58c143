#include <unistd.h>

#include "tests/conformance/dpdk_world.hpp"

namespace mcast::conformance {

std::vector<WorldMaker> worlds() {
    std::vector<WorldMaker> result{{"Ring", ring_world}, {"Memif", memif_world}};
    if (::geteuid() != 0) return result;
    struct Cable {
        const char* name;
        std::unique_ptr<World> (*make)(DpdkEnds);
        DpdkEnds ends;
    };
    for (const Cable& cable :
         {Cable{"AfPacket", af_packet_world, DpdkEnds::Both},
          Cable{"AfPacketToSocket", af_packet_world, DpdkEnds::Here},
          Cable{"SocketToAfPacket", af_packet_world, DpdkEnds::There},
          Cable{"AfXdp", af_xdp_world, DpdkEnds::Both},
          Cable{"AfXdpToSocket", af_xdp_world, DpdkEnds::Here},
          Cable{"SocketToAfXdp", af_xdp_world, DpdkEnds::There},
          Cable{"UnfilteredAfXdp", unfiltered_af_xdp_world, DpdkEnds::Both},
          Cable{"UnfilteredAfXdpToSocket", unfiltered_af_xdp_world, DpdkEnds::Here}})
        result.push_back({cable.name, [cable] { return cable.make(cable.ends); }});
    return result;
}

}  // namespace mcast::conformance
