#include "mcast/sim.hpp"
#include "tests/conformance/world.hpp"

namespace mcast::conformance {

namespace {

class SimWorld final : public World {
public:
    Station station(Place place) override {
        const bool here = place == Place::Here;
        bool& known = here ? here_known_ : there_known_;
        const char* name = here ? "here" : "there";
        Station station;
        station.host = known ? lan_.join_host(name) : lan_.host(name, {{.name = "eth0"}});
        known = true;
        station.host.interfaces->poll();
        station.interface = station.host.interfaces->interfaces().front();
        return station;
    }
    std::uint16_t port() const override { return 7400; }
    std::vector<Family> multicast_families() const override { return {Family::Ipv4, Family::Ipv6}; }
    std::vector<Family> unicast_families() const override { return {Family::Ipv4, Family::Ipv6}; }

private:
    sim::Lan lan_{1,
                  {.datagram_max = kDatagramMax,
                   .transmit_buffer_count = kTransmitBuffers,
                   .receive_buffer_count = kReceiveBuffers}};
    bool here_known_ = false;
    bool there_known_ = false;
};

}  // namespace

std::vector<WorldMaker> worlds() {
    return {{"Lan", [] { return std::make_unique<SimWorld>(); }}};
}

}  // namespace mcast::conformance
