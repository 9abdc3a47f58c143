// Two ports of DPDK joined by shared memory (memif), as two programs would be. No privilege needed.

#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/conformance/dpdk_world.hpp"

namespace mcast::conformance {

namespace {

// Opened once and kept: each end keeps the other's link up, so that stations find it up, and the
// driver's own thread takes a cable apart some time after its port was closed.
class MemifPair {
public:
    static MemifPair& get() {
        static auto* const pair = new MemifPair;
        return *pair;
    }
    [[nodiscard]] static dpdk::Options options(Place place) {
        const bool here = place == Place::Here;
        // An abstract socket: no file is left behind.
        return dpdk_options(
            std::string(here ? "net_memif0,role=server" : "net_memif1,role=client") +
                ",id=0,socket=@mcast-" + std::to_string(::getpid()),
            here ? 1 : 2);
    }
    // Frames that a world left behind.
    void drain() {
        for (int burst = 0; burst < 64; ++burst)
            static_cast<void>(up(here_) && up(there_));
    }

private:
    MemifPair() {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!up(here_) || !up(there_)) {
            if (std::chrono::steady_clock::now() > deadline)
                throw std::runtime_error("the ends of memif do not meet");
            ::sched_yield();
        }
    }
    static bool up(Station& station) {
        std::vector<Datagram> none(1);
        station.transport().receive(none);
        station.host.interfaces->poll();
        return station.host.interfaces->interfaces().front().up;
    }

    Station here_ = dpdk_station(options(Place::Here));
    Station there_ = dpdk_station(options(Place::There));
};

class MemifWorld final : public World {
public:
    MemifWorld() { MemifPair::get().drain(); }
    Station station(Place place) override { return dpdk_station(MemifPair::options(place)); }
    std::uint16_t port() const override { return kPort; }
    std::vector<Family> multicast_families() const override { return {Family::Ipv4, Family::Ipv6}; }
    std::vector<Family> unicast_families() const override { return {Family::Ipv4, Family::Ipv6}; }
};

}  // namespace

std::unique_ptr<World> memif_world() {
    return std::make_unique<MemifWorld>();
}

}  // namespace mcast::conformance
