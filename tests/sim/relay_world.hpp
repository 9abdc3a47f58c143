#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "busy_transport.hpp"
#include "mcast/node.hpp"
#include "mcast/sim.hpp"
#include "relay/relay.hpp"
#include "tests/sim/world.capnp.h"
#include "wire/header.hpp"

namespace worlds {

using namespace std::chrono_literals;
using mcast::Delivery;
using mcast::Duration;
using mcast::Node;
using mcast::relay::CarryDrop;
using mcast::relay::Relay;

inline mcast::NodeOptions options_of(std::string name) {
    mcast::NodeOptions options;
    options.name = std::move(name);
    options.ipv6 = false;
    options.log = [](mcast::LogLevel, std::string_view) {};
    return options;
}

// How often each datagram of a stream was sent on each network: by relays, or by its origin.
struct Copies {
    using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, int>;
    std::map<Key, int> sent;  // origin, topic, sequence, network → copies

    static void on_send(void* context, const mcast::Datagram& datagram) {
        const auto parsed = mcast::wire::parse_header(datagram.buffer.bytes());
        if (!parsed || parsed.header.kind != mcast::wire::DatagramKind::Data) return;
        const int network = static_cast<int>(datagram.source.address.bytes()[1]);
        ++static_cast<Copies*>(context)->sent[{parsed.header.origin.value, parsed.header.topic,
                                               parsed.header.sequence, network}];
    }
    [[nodiscard]] int most() const {
        int most = 0;
        for (const auto& [key, count] : sent)
            most = std::max(most, count);
        return most;
    }
};

// Nodes and relays on simulated networks.
class RelayWorld : public testing::Test {
protected:
    RelayWorld() : lan_(7, {.transmit_buffer_count = 1024, .receive_buffer_count = 2048}) {}

    Node& node(const std::string& name, const std::vector<mcast::sim::Port>& ports,
               mcast::NodeOptions options) {
        auto opened = Node::open(options, lan_.host(name, ports));
        EXPECT_TRUE(opened) << opened.error().what;
        return *nodes_.emplace_back(std::make_unique<Node>(std::move(*opened)));
    }
    Node& node(const std::string& name, const std::string& network) {
        return node(name, {{.name = "e0", .network = network}}, options_of(name));
    }
    Relay& relay(const std::string& name, const std::vector<std::string>& networks,
                 mcast::relay::ForwarderOptions options = {},
                 const std::vector<std::string>& peers = {}) {
        std::vector<mcast::sim::Port> ports;
        for (const std::string& network : networks)
            ports.push_back({.name = "e" + std::to_string(ports.size()), .network = network});
        mcast::Host host = lan_.host(name, ports);
        host.transport = std::make_unique<BusyTransport>(std::move(host.transport), busy_);
        mcast::NodeOptions node = options_of(name);
        node.peers = peers;
        auto opened = Relay::open(node, options, std::move(host));
        EXPECT_TRUE(opened) << opened.error().what;
        return *relays_.emplace_back(std::move(*opened));
    }
    // Where it is known by address, on one of its networks in their order.
    static std::string address_of(Relay& relay, std::size_t network) {
        const auto endpoint = relay.node().context().transport().unicast_endpoint(
            relay.node().membership().links()[network].index(), mcast::Family::Ipv4);
        EXPECT_TRUE(endpoint);
        return endpoint ? to_string(*endpoint) : "";
    }
    static std::uint64_t dropped(const Relay& relay, mcast::relay::CarryDrop cause) {
        std::uint64_t count = 0;
        for (const auto& route : relay.forwarder().routes().all())
            count += route.dropped[static_cast<std::size_t>(cause)];
        return count;
    }
    void turn() {
        lan_.advance(1ms);
        for (const auto& node : nodes_)
            node->poll();
        for (const auto& relay : relays_)
            if (relay) relay->poll();
    }
    void run(Duration duration, const std::function<void()>& each = {}) {
        for (Duration t{}; t < duration; t += 1ms) {
            turn();
            if (each) each();
        }
    }
    bool find_each_other(Duration within, std::size_t count) {
        for (Duration t{}; t < within; t += 1ms) {
            turn();
            bool all = true;
            for (const auto& node : nodes_)
                all = all && node->peers().size() >= count;
            if (all) return true;
        }
        return false;
    }

    mcast::sim::Lan lan_;
    mcast::InterfaceIndex busy_;  // takes nothing of a relay
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::unique_ptr<Relay>> relays_;
};

inline const mcast::PeerInfo* find(const std::vector<mcast::PeerInfo>& peers,
                                   const std::string& name) {
    for (const mcast::PeerInfo& peer : peers)
        if (peer.name == name) return &peer;
    return nullptr;
}

// Publishes numbers and keeps what comes.
struct Talk {
    Talk(Node& from, Node& to, mcast::Qos qos, const char* topic = "ticks")
        : publisher(from.publisher<Tick>(topic, qos)),
          subscriber(to.subscriber<Tick>(topic, qos)) {}
    bool say() {
        auto loan = publisher.loan();
        if (!loan) return false;
        loan->root().setNumber(++said);
        loan->publish();
        return true;
    }
    void hear() {
        subscriber.drain(
            [&](const mcast::Sample<Tick>& tick) { heard.push_back(tick->getNumber()); });
    }
    // Each once and in order, from `first` to the last.
    [[nodiscard]] bool whole(std::uint64_t first = 1) const {
        if (heard.empty() || heard.front() > first || heard.back() != said) return false;
        for (std::size_t i = 1; i < heard.size(); ++i)
            if (heard[i] != heard[i - 1] + 1) return false;
        return true;
    }

    mcast::Publisher<Tick> publisher;
    mcast::Subscriber<Tick> subscriber;
    std::uint64_t said = 0;
    std::vector<std::uint64_t> heard;
};

}  // namespace worlds
