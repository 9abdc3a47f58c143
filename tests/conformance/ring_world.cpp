// Two ports of DPDK that are rings of pointers: what one sends the other receives, the very mbufs.

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#include <stdexcept>
#include <string>

#include "tests/conformance/dpdk_world.hpp"
#include "transports/dpdk/eal.hpp"

namespace mcast::conformance {

namespace {

// Made once: ports of rings cannot be taken apart again.
class RingPair {
public:
    static const RingPair& get() {
        static const RingPair pair;
        return pair;
    }
    [[nodiscard]] const std::string& name(Place place) const {
        return place == Place::Here ? here_ : there_;
    }
    // Mbufs that a world left behind.
    void drain() const {
        for (rte_ring* ring : {to_here_, to_there_}) {
            void* mbuf = nullptr;
            while (rte_ring_dequeue(ring, &mbuf) == 0)
                rte_pktmbuf_free(static_cast<rte_mbuf*>(mbuf));
        }
    }

private:
    RingPair() {
        const Result<void> started =
            dpdk::start_eal({dpdk::Memory::Ordinary, dpdk::Options{}.memory_size, false});
        if (!started) throw std::runtime_error(started.error().what);
        to_here_ = ring("to_here");
        to_there_ = ring("to_there");
        here_ = port("here", to_here_, to_there_);
        there_ = port("there", to_there_, to_here_);
    }
    static rte_ring* ring(const char* name) {
        // One reader and one writer: each port has one queue each way.
        rte_ring* const made =
            rte_ring_create(name, 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
        if (made == nullptr) throw std::runtime_error("no ring");
        return made;
    }
    static std::string port(const char* name, rte_ring* receive, rte_ring* transmit) {
        const int number = rte_eth_from_rings(name, &receive, 1, &transmit, 1, 0);
        std::string found(RTE_ETH_NAME_MAX_LEN, '\0');
        if (number < 0 ||
            rte_eth_dev_get_name_by_port(static_cast<std::uint16_t>(number), found.data()) != 0)
            throw std::runtime_error("no port of rings");
        found.resize(found.find('\0'));
        return found;
    }

    rte_ring* to_here_ = nullptr;
    rte_ring* to_there_ = nullptr;
    std::string here_;
    std::string there_;
};

class RingWorld final : public World {
public:
    RingWorld() { RingPair::get().drain(); }
    Station station(Place place) override {
        return dpdk_station(
            dpdk_options(RingPair::get().name(place), place == Place::Here ? 1 : 2));
    }
    std::uint16_t port() const override { return kPort; }
    std::vector<Family> multicast_families() const override { return {Family::Ipv4, Family::Ipv6}; }
    std::vector<Family> unicast_families() const override { return {Family::Ipv4, Family::Ipv6}; }
};

}  // namespace

std::unique_ptr<World> ring_world() {
    return std::make_unique<RingWorld>();
}

}  // namespace mcast::conformance
