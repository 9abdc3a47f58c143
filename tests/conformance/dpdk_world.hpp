#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mcast/dpdk.hpp"
#include "tests/conformance/veth_world.hpp"
#include "tests/conformance/world.hpp"

namespace mcast::conformance {

// Options that give what the suite asks for. IPv4 10.78.0.`last` and fd78::`last`.
[[nodiscard]] dpdk::Options dpdk_options(const std::string& device, unsigned last);
// A station over these, as its own monitor shows its interface. Throws when it cannot be opened.
[[nodiscard]] Station dpdk_station(const dpdk::Options& options);

// The ends of the cable that DPDK drives; kernel sockets are at the other.
enum class DpdkEnds : std::uint8_t { Both, Here, There };

// A driver that stands on a kernel interface, on the ends of a veth pair. Root only.
class DpdkVethWorld final : public World {
public:
    DpdkVethWorld(const VethPair& pair, std::string driver, DpdkEnds ends, bool port_filter = true);
    [[nodiscard]] Station station(Place place) override;
    [[nodiscard]] bool is_dpdk(Place place) const;
    [[nodiscard]] std::uint16_t port() const override { return sockets_.port(); }
    [[nodiscard]] std::vector<Family> multicast_families() const override {
        return sockets_.multicast_families();
    }
    [[nodiscard]] std::vector<Family> unicast_families() const override {
        return sockets_.unicast_families();
    }

private:
    const VethPair& pair_;
    const std::string driver_;
    const DpdkEnds ends_;
    const bool port_filter_;  // AF_XDP's
    VethWorld sockets_{pair_};
};

[[nodiscard]] std::unique_ptr<World> af_packet_world(DpdkEnds ends);
[[nodiscard]] std::unique_ptr<World> af_xdp_world(DpdkEnds ends);
// Every frame is taken from the kernel, and what it would do for us is our own.
[[nodiscard]] std::unique_ptr<World> unfiltered_af_xdp_world(DpdkEnds ends);

// Two ports of one process, joined ring to ring. No privilege is needed.
[[nodiscard]] std::unique_ptr<World> ring_world();
// Two ports of one process, joined by shared memory. No privilege is needed.
[[nodiscard]] std::unique_ptr<World> memif_world();

}  // namespace mcast::conformance
