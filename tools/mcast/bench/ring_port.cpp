#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#include <array>

#include "mcast/dpdk.hpp"
#include "tools/mcast/bench/raw_dpdk_port.hpp"
#include "transports/dpdk/eal.hpp"

namespace mcast::bench {
namespace {

constexpr unsigned kFrames = 1024;  // as many descriptors as the other devices have

struct RingPair {
    std::array<std::string, 2> names;  // by role
    std::string problem;
};

rte_ring* make_ring(const char* name) {
    // One reader and one writer: each port has one queue each way.
    return rte_ring_create(name, kFrames, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

std::string name_of(int port) {
    std::array<char, RTE_ETH_NAME_MAX_LEN> name{};
    if (port < 0 ||
        rte_eth_dev_get_name_by_port(static_cast<std::uint16_t>(port), name.data()) != 0)
        return {};
    return name.data();
}

RingPair make_pair() {
    RingPair pair;
    const dpdk::Options usual;
    if (auto started = dpdk::start_eal({usual.memory, usual.memory_size, false}); !started) {
        pair.problem = started.error().what;
        return pair;
    }
    rte_ring* data = make_ring("bench_data");
    rte_ring* answers = make_ring("bench_answers");
    if (data != nullptr && answers != nullptr) {
        pair.names = {name_of(rte_eth_from_rings("bench_sender", &answers, 1, &data, 1, 0)),
                      name_of(rte_eth_from_rings("bench_receiver", &data, 1, &answers, 1, 0))};
    }
    if (pair.names[0].empty() || pair.names[1].empty())
        pair.problem = "make two ports of rings: " + std::string(rte_strerror(rte_errno));
    return pair;
}

}  // namespace

Result<std::string> ring_port(Role role) {
    static const RingPair pair = make_pair();
    if (!pair.problem.empty()) return Error{ErrorCode::System, 0, pair.problem};
    return pair.names[static_cast<std::size_t>(role)];
}

}  // namespace mcast::bench
