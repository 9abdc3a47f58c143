// The whole receive path: datagrams of the input's choice into a node that subscribes, typed and
// raw, and drains.

#include <bytes.capnp.h>
#include <capnp/any.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "mcast/assert.hpp"
#include "mcast/mcast.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/memory_link.hpp"
#include "wire/control.hpp"
#include "wire/header.hpp"

using namespace mcast;

namespace {

const Endpoint kSource{Address::ipv4(10, 0, 0, 66), 7401};

NodeOptions small_options() {
    NodeOptions options;
    options.domain = "default";
    options.name = "fuzzed";
    options.limits = {.peers_max = 4,
                      .topics_per_peer_max = 4,
                      .topics_max = 8,
                      .streams_max = 4,
                      .targets_max = 4,
                      .events_max = 16,
                      .message_size_max = 4096,
                      .reassemblies_max = 2};
    options.log = [](LogLevel, std::string_view) {};
    return options;
}

class Run {
public:
    Run() {
        // Two peers are known from the start, so that data of theirs is read.
        introduce(1);
        introduce(2);
        poll();
    }

    // A datagram as it is, and once more with its header made ours.
    void whole(std::span<const std::byte> bytes) {
        bytes = bytes.first(std::min<std::size_t>(bytes.size(), 1472));
        inject(bytes, false, 0);
        inject(bytes, true, 0);
        poll();
    }

    void step(fuzz::Input& input) {
        const std::uint8_t what = input.byte();
        if (what < 16) {
            link_.advance(std::chrono::milliseconds(what * what * 10));
            poll();
            return;
        }
        const std::size_t low = input.byte();
        const auto bytes = input.take((std::size_t{what} << 8 | low) % 1472);
        // Half of them are made ours, so that what is behind the header has its turn: magic,
        // version and domain, one of a few peers, one of our topics.
        inject(bytes, what % 2 == 0, static_cast<std::uint8_t>(low));
        if (what % 8 < 4) poll();
    }

    void finish() {
        for (int i = 0; i < 3; ++i) {
            link_.advance(std::chrono::seconds(1));
            poll();
        }
        const NodeStats stats = node_.stats();
        MCAST_ASSERT(node_.peers().size() <= 4, "peers stay within their limit");
        MCAST_ASSERT(stats.received <= injected_, "what was received had been sent");
        MCAST_ASSERT(raw_.stats().delivered == raw_drained_, "what was delivered has been seen");
    }

private:
    void introduce(std::uint64_t origin) {
        std::array<std::byte, 256> message;
        wire::Announcement announcement;
        announcement.name = "peer";
        announcement.interval = std::chrono::seconds(1);
        const std::size_t size = wire::write_announcement(message, announcement);
        wire::Header header;
        header.kind = wire::DatagramKind::Announce;
        header.message_count = 1;
        header.domain = domain_id("default");
        header.origin = {origin};
        std::array<std::byte, wire::kHeaderSize + message.size()> datagram;
        wire::write_header(std::span(datagram).first<wire::kHeaderSize>(), header);
        std::memcpy(datagram.data() + wire::kHeaderSize, message.data(), size);
        inject(std::span(datagram).first(wire::kHeaderSize + size), false, 0);
    }

    void inject(std::span<const std::byte> bytes, bool ours, std::uint8_t choice) {
        Buffer buffer = link_.allocate();
        if (!buffer) {
            poll();
            return;
        }
        std::copy(bytes.begin(), bytes.end(), buffer.data());
        buffer.resize(static_cast<std::uint32_t>(bytes.size()));
        if (ours && bytes.size() >= wire::kHeaderSize) adopt(buffer.data(), choice);
        link_.inject(std::move(buffer), kSource);
        ++injected_;
    }

    void adopt(std::byte* datagram, std::uint8_t choice) {
        using namespace wire::layout;
        store(datagram, 0, std::uint64_t{7} << 32);
        store(datagram, 8, std::uint64_t{6} << 32);
        store(datagram, kMagicAt, wire::kMagic);
        store(datagram, kVersionAt, wire::kVersion);
        store(datagram, kDomainAt, domain_id("default"));
        store(datagram, kOriginAt, std::uint64_t{1} + choice % 6);
        const std::array<std::uint64_t, 3> topics{topic_id("typed", kBytesType),
                                                  topic_id("raw", 1234), topic_id("raw", choice)};
        store(datagram, kTopicAt, topics[choice % topics.size()]);
        if (choice % 4 < 2) store(datagram, kSequenceAt, std::uint64_t{1} + choice);
    }

    void poll() {
        node_.poll();
        typed_.drain([&](const Sample<schema::Bytes>& sample) {
            for (const unsigned char byte : sample->getData())
                sum_ = static_cast<unsigned char>(sum_ ^ byte);
        });
        raw_.drain([&](const RawSample& sample) {
            MCAST_ASSERT(detail::frame_size(sample.bytes()) == sample.bytes().size(),
                         "a message is whole");
            const Buffer held = sample.hold();
            MCAST_ASSERT(held.size() == sample.bytes().size(), "what is held is the message");
            detail::FrameReader reader(sample.bytes());
            static_cast<void>(reader.getRoot<capnp::AnyPointer>().targetSize());
            ++raw_drained_;
            static_cast<void>(echo_.publish(sample.bytes()));
        });
        node_.drain_events([&](const Event& event) {
            MCAST_ASSERT(!to_string(event).empty(), "an event is a sentence");
        });
    }

    support::MemoryLink link_;
    Node node_ = Node::open(small_options(), link_.host()).value();
    RawPublisher echo_ = node_.raw_publisher("echo", kBytesType);
    Subscriber<schema::Bytes> typed_ = node_.subscriber<schema::Bytes>("typed");
    RawSubscriber raw_ = node_.raw_subscriber("raw", kAnyType, {.delivery = Delivery::Latest});
    std::uint64_t injected_ = 0;
    std::uint64_t raw_drained_ = 0;
    volatile unsigned char sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run run;
    const auto bytes = std::as_bytes(std::span(data, size));
    // The seeds of schemas/vectors are one datagram each.
    run.whole(bytes);
    fuzz::Input input(std::span(data, size));
    while (!input.empty())
        run.step(input);
    run.finish();
    return 0;
}
