// DPDK on a kernel interface, in two network namespaces with a cable between them.

#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/conformance/dpdk_world.hpp"
#include "tests/conformance/veth_world.hpp"

namespace mcast::conformance {

namespace {

// A transport whose kernel sockets are opened in a namespace, wherever its caller is.
class InNamespace final : public Transport {
public:
    InNamespace(std::unique_ptr<Transport> transport, const NetworkNamespace& where)
        : transport_(std::move(transport)), where_(where) {}
    // A device is taken away in the namespace that it was added in.
    ~InNamespace() override {
        const NetworkNamespace::Visit visit(where_);
        transport_.reset();
    }

    const Capabilities& capabilities() const override { return transport_->capabilities(); }
    Result<void> attach(const Interface& interface) override {
        const NetworkNamespace::Visit visit(where_);
        return transport_->attach(interface);
    }
    void detach(InterfaceIndex interface) override { transport_->detach(interface); }
    Result<void> join(const Group& group, InterfaceIndex interface) override {
        const NetworkNamespace::Visit visit(where_);
        return transport_->join(group, interface);
    }
    void leave(const Group& group, InterfaceIndex interface) override {
        transport_->leave(group, interface);
    }
    Buffer allocate() override { return transport_->allocate(); }
    std::size_t send(std::span<Datagram> batch) override { return transport_->send(batch); }
    std::size_t receive(std::span<Datagram> batch) override { return transport_->receive(batch); }
    void wait(Instant deadline) override { transport_->wait(deadline); }
    void wake() override { transport_->wake(); }
    void watch(int fd) override { transport_->watch(fd); }
    TransportCounters counters(InterfaceIndex interface) const override {
        return transport_->counters(interface);
    }
    std::size_t receive_buffers_free() const override { return transport_->receive_buffers_free(); }
    std::optional<Endpoint> unicast_endpoint(InterfaceIndex interface,
                                             Family family) const override {
        return transport_->unicast_endpoint(interface, family);
    }

private:
    std::unique_ptr<Transport> transport_;
    const NetworkNamespace& where_;
};

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

DpdkVethWorld::DpdkVethWorld(const VethPair& pair, std::string driver, DpdkEnds ends)
    : pair_(pair), driver_(std::move(driver)), ends_(ends) {}

bool DpdkVethWorld::is_dpdk(Place place) const {
    return ends_ == DpdkEnds::Both || (ends_ == DpdkEnds::Here) == (place == Place::Here);
}

Station DpdkVethWorld::station(Place place) {
    if (!is_dpdk(place)) return sockets_.station(place);
    // Names are of the process, interfaces of the namespace.
    const auto number = 2 * static_cast<unsigned>(ends_) + (place == Place::Here ? 0 : 1);
    dpdk::Options options = dpdk_options(driver_ + std::to_string(number) + ",iface=veth0", 0);
    options.addresses.clear();  // the kernel's
    options.port = port();
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
    explicit XdpCable(DpdkEnds ends) : world(pair, "net_af_xdp", ends) {
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

}  // namespace

std::unique_ptr<World> af_xdp_world(DpdkEnds ends) {
    static std::array<XdpCable*, 3> cables{};
    XdpCable*& cable = cables[static_cast<std::size_t>(ends)];
    if (cable == nullptr) cable = new XdpCable(ends);
    cable->drain();
    return std::make_unique<DpdkVethWorld>(cable->pair, "net_af_xdp", ends);
}

}  // namespace mcast::conformance
