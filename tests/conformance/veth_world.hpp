#pragma once

#include "tests/conformance/network_namespace.hpp"
#include "tests/conformance/socket_world.hpp"

namespace mcast::conformance {

// See veth_world() of socket_world.hpp.
class VethWorld final : public SocketWorld {
public:
    VethWorld();

    using SocketWorld::station;
    [[nodiscard]] Station station(Place place, const socket::Options& options) override;
    [[nodiscard]] std::vector<Family> multicast_families() const override {
        return {Family::Ipv4, Family::Ipv6};
    }
    [[nodiscard]] std::vector<Family> unicast_families() const override {
        return {Family::Ipv4, Family::Ipv6};
    }

    // Lays the cable; again after an interface was deleted.
    void connect();
    [[nodiscard]] const NetworkNamespace& host(Place place) const {
        return place == Place::Here ? here_ : there_;
    }
    // The interface of a host as it is after a change of its IPv4 address to 10.77.0.`last`.
    [[nodiscard]] Interface interface(Place place, std::uint8_t last) const;
    static constexpr std::uint8_t kHere = 1;
    static constexpr std::uint8_t kThere = 2;

private:
    NetworkNamespace here_;
    NetworkNamespace there_;
};

}  // namespace mcast::conformance
