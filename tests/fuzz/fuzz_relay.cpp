// A relay between two simulated LANs: datagrams of the input's choice on one of them, from somebody
// who takes the names of peers that are there. Whatever comes, nothing goes round and the honest
// are served again once it is over.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "mcast/assert.hpp"
#include "mcast/node.hpp"
#include "mcast/sim.hpp"
#include "mcast/topic.hpp"
#include "relay/relay.hpp"
#include "tests/fuzz/input.hpp"
#include "wire/header.hpp"

using namespace mcast;
using namespace std::chrono_literals;

namespace {

NodeOptions options_of(const char* name) {
    NodeOptions options;
    options.name = name;
    options.ipv6 = false;
    options.limits = {.peers_max = 6,
                      .topics_per_peer_max = 4,
                      .topics_max = 8,
                      .streams_max = 8,
                      .targets_max = 8,
                      .events_max = 16,
                      .message_size_max = 4096,
                      .reassemblies_max = 1};
    options.log = [](LogLevel, std::string_view) {};
    return options;
}

class Run {
public:
    Run() {
        relay::ForwarderOptions options;
        options.flows_max = 8;
        options.held_max = 16;
        options.groups_max = 4;
        relay_ = std::move(*relay::Relay::open(
            options_of("relay"), options,
            lan_.host("relay",
                      {{.name = "e0", .network = "left"}, {.name = "e1", .network = "right"}})));
        attacker_.interfaces->poll();
        interface_ = attacker_.interfaces->interfaces()[0];
        static_cast<void>(attacker_.transport->attach(interface_));
        pass(1500ms);
    }

    void step(fuzz::Input& input) {
        const std::uint8_t what = input.byte();
        if (what < 16) return pass(std::chrono::milliseconds(1 + what * what));
        Datagram datagram;
        datagram.buffer = attacker_.transport->allocate();
        if (!datagram.buffer) return pass(1ms);
        const auto bytes = input.take(wire::kHeaderSize + input.byte());
        std::copy(bytes.begin(), bytes.end(), datagram.buffer.data());
        datagram.buffer.resize(static_cast<std::uint32_t>(bytes.size()));
        if (bytes.size() >= wire::kHeaderSize && what % 8 != 0) adopt(datagram.buffer.data(), what);
        datagram.interface = interface_.index;
        if (what % 2 == 0) {
            datagram.way = Way::Unicast;
            const auto& links = relay_->node().membership().links();
            datagram.destination = *relay_->node().context().transport().unicast_endpoint(
                links[0].index(), Family::Ipv4);
        } else {
            datagram.destination = announce_group("default", Family::Ipv4, kPort);
        }
        static_cast<void>(attacker_.transport->send(std::span(&datagram, 1)));
        if (what % 4 == 0) pass(1ms);
    }

    void finish() {
        pass(100ms);
        MCAST_ASSERT(relay_->forwarder().flows().size() <= 8, "flows stay within their limit");
        MCAST_ASSERT(relay_->forwarder().held() <= 16, "so does what is held for repair");
        // Announcements and hellos of four, and nothing that goes round.
        const std::uint64_t before = lan_.counters().sent;
        pass(1s);
        MCAST_ASSERT(lan_.counters().sent - before < 500, "nothing goes round");
    }

private:
    void adopt(std::byte* datagram, std::uint8_t choice) {
        using namespace wire::layout;
        store(datagram, 0, std::uint64_t{7} << 32);
        store(datagram, 8, std::uint64_t{6} << 32);
        store(datagram, kMagicAt, wire::kMagic);
        store(datagram, kVersionAt, wire::kVersion);
        store(datagram, kDomainAt, domain_id("default"));
        const std::array<std::uint64_t, 4> origins{pad_->id().value, tv_->id().value,
                                                   relay_->node().context().self.value, choice};
        store(datagram, kOriginAt, origins[choice / 16 % origins.size()]);
        if (choice % 3 == 0) wire::set_receiver(datagram, wire::receiver_tag(tv_->id()));
        if (choice % 5 < 3) store(datagram, kTopicAt, topic_id("ticks", kBytesType));
    }

    void pass(Duration duration) {
        for (Duration t{}; t < duration; t += 10ms) {
            lan_.advance(std::min<Duration>(10ms, duration));
            pad_->poll(), tv_->poll(), relay_->poll();
            heard_.drain([](const RawSample&) {});
        }
    }

    sim::Lan lan_{1};
    std::unique_ptr<Node> pad_ = std::make_unique<Node>(std::move(
        *Node::open(options_of("pad"), lan_.host("pad", {{.name = "e0", .network = "left"}}))));
    std::unique_ptr<Node> tv_ = std::make_unique<Node>(std::move(
        *Node::open(options_of("tv"), lan_.host("tv", {{.name = "e0", .network = "right"}}))));
    std::unique_ptr<relay::Relay> relay_;
    Host attacker_ = lan_.host("attacker", {{.name = "e0", .network = "left"}});
    Interface interface_;
    RawPublisher ticks_ =
        pad_->raw_publisher("ticks", kBytesType, {.delivery = Delivery::Reliable});
    RawSubscriber heard_ =
        tv_->raw_subscriber("ticks", kBytesType, {.delivery = Delivery::Reliable});
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run run;
    fuzz::Input input(std::span(data, size));
    while (!input.empty())
        run.step(input);
    run.finish();
    return 0;
}
