#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcast/sim.hpp"

namespace mcast::sim {

using namespace std::chrono_literals;

inline const Group kGroup{Address::ipv4(239, 255, 1, 2), 7400};
inline const Endpoint kBroadcast{Address::ipv4(255, 255, 255, 255), 7400};

inline Group ipv6_group() {
    return {*Address::parse("ff12::4d43:1:2"), 7400};
}

// What arrived, as values.
struct Received {
    std::string text;
    InterfaceIndex interface;
    Endpoint source;
    Endpoint destination;
    Way way = Way::Multicast;
    WallTime received_at{};

    friend bool operator==(const Received&, const Received&) = default;
};

// A host's transport with all interfaces attached: what a node is, without its protocol.
struct Station {
    explicit Station(Host simulated_host) : host(std::move(simulated_host)) { attach_all(); }

    void attach_all() {
        host.interfaces->poll();
        for (const Interface& interface : host.interfaces->interfaces()) {
            EXPECT_TRUE(transport().attach(interface).has_value());
        }
    }
    Transport& transport() { return *host.transport; }
    const Interface& interface(std::size_t place = 0) {
        return host.interfaces->interfaces()[place];
    }
    InterfaceIndex index(std::size_t place = 0) { return interface(place).index; }
    Endpoint endpoint(std::size_t place = 0, Family family = Family::Ipv4) {
        return transport().unicast_endpoint(index(place), family).value();
    }
    void join(const Group& group = kGroup) {
        for (const Interface& each : host.interfaces->interfaces()) {
            EXPECT_TRUE(transport().join(group, each.index).has_value());
        }
    }
    void send(std::string_view text, const Endpoint& destination, InterfaceIndex through) {
        std::array<Datagram, 1> batch;
        batch[0].buffer = transport().allocate();
        ASSERT_TRUE(batch[0].buffer);
        batch[0].buffer.resize(static_cast<std::uint32_t>(text.size()));
        if (!text.empty()) std::memcpy(batch[0].buffer.data(), text.data(), text.size());
        batch[0].interface = through;
        batch[0].destination = destination;
        EXPECT_EQ(transport().send(batch), 1u);
    }
    void send(std::string_view text, const Endpoint& destination = kGroup) {
        send(text, destination, index());
    }
    std::vector<Received> receive() {
        std::vector<Received> all;
        std::array<Datagram, 8> batch;
        while (const std::size_t count = transport().receive(batch)) {
            for (Datagram& datagram : std::span(batch).first(count)) {
                const std::span<std::byte> bytes = datagram.buffer.bytes();
                all.push_back(
                    {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                     datagram.interface, datagram.source, datagram.destination, datagram.way,
                     datagram.received_at});
                datagram.buffer.reset();
            }
        }
        return all;
    }
    std::vector<std::string> texts() {
        std::vector<std::string> all;
        for (Received& received : receive())
            all.push_back(std::move(received.text));
        return all;
    }

    Host host;
};

using Texts = std::vector<std::string>;

}  // namespace mcast::sim
