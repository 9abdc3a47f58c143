#pragma once

#include "tests/conformance/network_namespace.hpp"
#include "tests/conformance/socket_world.hpp"

namespace mcast::conformance {

// Two hosts, each with an interface veth0 of its own, and the cable between them.
class VethPair {
public:
    static constexpr std::uint8_t kHere = 1;
    static constexpr std::uint8_t kThere = 2;

    VethPair() { connect(); }

    // Lays the cable; again after an interface was deleted.
    void connect();
    // The kernel notices the carrier in its own time and drops what is sent before.
    void wait_until_running() const;
    [[nodiscard]] const NetworkNamespace& host(Place place) const {
        return place == Place::Here ? here_ : there_;
    }
    // The interface of a host as it is with the IPv4 address 10.77.0.`last`.
    [[nodiscard]] Interface interface(Place place, std::uint8_t last) const;

private:
    NetworkNamespace here_;
    NetworkNamespace there_;
};

// See veth_world() of socket_world.hpp.
class VethWorld final : public SocketWorld {
public:
    explicit VethWorld(const VethPair& pair) : pair_(pair) {}

    using SocketWorld::station;
    [[nodiscard]] Station station(Place place, const socket::Options& options) override;
    [[nodiscard]] std::vector<Family> multicast_families() const override {
        return {Family::Ipv4, Family::Ipv6};
    }
    [[nodiscard]] std::vector<Family> unicast_families() const override {
        return {Family::Ipv4, Family::Ipv6};
    }

private:
    const VethPair& pair_;
};

}  // namespace mcast::conformance
