// DPDK on a kernel interface, in two network namespaces with a cable between them.

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/conformance/dpdk_world.hpp"
#include "tests/conformance/in_namespace.hpp"
#include "tests/conformance/veth_world.hpp"

namespace mcast::conformance {

namespace {

Station dpdk_station_in(const NetworkNamespace& where, const dpdk::Options& options) {
    const NetworkNamespace::Visit visit(where);
    Station station = dpdk_station(options);
    // The monitor shares the port: the transport is to be the last that holds it.
    station.host.interfaces.reset();
    station.host.transport =
        std::make_unique<InNamespace>(std::move(station.host.transport), where);
    return station;
}

}  // namespace

DpdkVethWorld::DpdkVethWorld(const VethPair& pair, std::string driver, DpdkEnds ends,
                             bool port_filter)
    : pair_(pair), driver_(std::move(driver)), ends_(ends), port_filter_(port_filter) {}

bool DpdkVethWorld::is_dpdk(Place place) const {
    return ends_ == DpdkEnds::Both || (ends_ == DpdkEnds::Here) == (place == Place::Here);
}

Station DpdkVethWorld::station(Place place) {
    if (!is_dpdk(place)) return sockets_.station(place);
    // Names are of the process, interfaces of the namespace.
    const auto number =
        2 * static_cast<unsigned>(ends_) + (place == Place::Here ? 0 : 1) + (port_filter_ ? 0 : 6);
    dpdk::Options options = dpdk_options(driver_ + std::to_string(number) + ",iface=veth0", 0);
    options.addresses.clear();  // the kernel's
    options.port = port();
    options.port_filter = port_filter_;
    return dpdk_station_in(pair_.host(place), options);
}

void make_bare(const VethPair& pair) {
    // What a veth's end leaves to a device that there is not, the other end's DPDK would take for
    // broken: checksums, and datagrams that are not cut up.
    for (const Place place : {Place::Here, Place::There})
        pair.host(place).run("ethtool -K veth0 tx off gso off tso off gro off >/dev/null");
}

std::unique_ptr<World> af_packet_world(DpdkEnds ends) {
    static const VethPair pair;
    static const bool bare = (make_bare(pair), true);
    static_cast<void>(bare);
    return std::make_unique<DpdkVethWorld>(pair, "net_af_packet", ends);
}

namespace {

// The driver keeps a queue until the process ends, so each cable is for one world, and its ports
// stay open.
struct XdpCable {
    XdpCable(DpdkEnds ends, bool port_filter) : world(pair, "net_af_xdp", ends, port_filter) {
        make_bare(pair);
        for (const Place place : {Place::Here, Place::There})
            if (world.is_dpdk(place)) keepers.push_back(world.station(place));
    }
    // Frames that a world left behind.
    void drain() {
        std::vector<Datagram> none(1);
        for (int burst = 0; burst < 64; ++burst)
            for (Station& keeper : keepers)
                keeper.transport().receive(none);
    }
    VethPair pair;
    DpdkVethWorld world;
    std::vector<Station> keepers;
};

std::unique_ptr<World> xdp_world(XdpCable*& cable, DpdkEnds ends, bool port_filter) {
    if (cable == nullptr) cable = new XdpCable(ends, port_filter);
    cable->drain();
    return std::make_unique<DpdkVethWorld>(cable->pair, "net_af_xdp", ends, port_filter);
}

}  // namespace

std::unique_ptr<World> af_xdp_world(DpdkEnds ends) {
    static std::array<XdpCable*, 3> cables{};
    return xdp_world(cables[static_cast<std::size_t>(ends)], ends, true);
}

std::unique_ptr<World> unfiltered_af_xdp_world(DpdkEnds ends) {
    static std::array<XdpCable*, 3> cables{};
    return xdp_world(cables[static_cast<std::size_t>(ends)], ends, false);
}

}  // namespace mcast::conformance
