#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "mcast/topic.hpp"
#include "tests/unit/node/cable.hpp"
#include "wire/control.hpp"
#include "wire/header.hpp"

namespace mcast::node_test {

using Bytes = std::vector<std::byte>;

// Somebody on the cable who writes datagrams by hand.
class Attacker {
public:
    explicit Attacker(support::MemoryLink& link) : link_(link) {}

    [[nodiscard]] static wire::Header header(wire::DatagramKind kind, PeerId origin,
                                             std::uint16_t message_count = 1) {
        wire::Header header;
        header.kind = kind;
        header.message_count = message_count;
        header.domain = domain_id("default");
        header.origin = origin;
        return header;
    }
    [[nodiscard]] static wire::Header data(PeerId origin, std::uint64_t sequence,
                                           std::uint64_t topic = topic_id("notes",
                                                                          capnp::typeId<Note>()),
                                           std::uint16_t message_count = 1) {
        wire::Header made = header(wire::DatagramKind::Data, origin, message_count);
        made.topic = topic;
        made.sequence = sequence;
        return made;
    }
    // A framed Note whose number is `number`, of 40 bytes.
    [[nodiscard]] static Bytes note(std::uint64_t number) {
        Bytes bytes(40);
        wire::layout::store(bytes.data(), 4, std::uint32_t{4});
        // A struct right behind, of one data word and two pointers.
        wire::layout::store(bytes.data(), 8, std::uint64_t{1} << 32 | std::uint64_t{2} << 48);
        wire::layout::store(bytes.data(), 16, number);
        return bytes;
    }
    // The same with a root that points far beyond its segment.
    [[nodiscard]] static Bytes hostile_note() {
        Bytes bytes = note(0);
        wire::layout::store(bytes.data(), 8, std::uint32_t{0x7ffffff0});
        return bytes;
    }

    void send(const wire::Header& header, std::span<const Bytes> messages = {}) {
        Buffer buffer = link_.allocate();
        ASSERT_TRUE(static_cast<bool>(buffer));
        std::size_t size = wire::kHeaderSize;
        wire::write_header(
            std::span<std::byte, wire::kHeaderSize>(buffer.data(), wire::kHeaderSize), header);
        for (const Bytes& message : messages) {
            std::copy(message.begin(), message.end(), buffer.data() + size);
            size += message.size();
        }
        buffer.resize(static_cast<std::uint32_t>(size));
        link_.inject(std::move(buffer), kSource);
    }
    void send(const wire::Header& header, const Bytes& message) {
        send(header, std::span(&message, 1));
    }
    void send_bytes(std::span<const std::byte> bytes) {
        Buffer buffer = link_.allocate();
        ASSERT_TRUE(static_cast<bool>(buffer));
        std::copy(bytes.begin(), bytes.end(), buffer.data());
        buffer.resize(static_cast<std::uint32_t>(bytes.size()));
        link_.inject(std::move(buffer), kSource);
    }
    // Announces a peer, without allocating.
    void announce(PeerId origin, std::span<const wire::AnnouncedTopic> topics = {},
                  std::uint32_t revision = 1) {
        Buffer buffer = link_.allocate();
        ASSERT_TRUE(static_cast<bool>(buffer));
        wire::write_header(
            std::span<std::byte, wire::kHeaderSize>(buffer.data(), wire::kHeaderSize),
            header(wire::DatagramKind::Announce, origin));
        wire::Announcement announcement;
        announcement.name = "fake";
        announcement.interval = 10s;
        announcement.revision = revision;
        announcement.topics = topics;
        const std::size_t size = wire::write_announcement(
            std::span(buffer.data(), buffer.capacity()).subspan(wire::kHeaderSize), announcement);
        ASSERT_GT(size, 0u);
        buffer.resize(static_cast<std::uint32_t>(wire::kHeaderSize + size));
        link_.inject(std::move(buffer), kSource);
    }

    static inline const Endpoint kSource{Address::ipv4(10, 0, 0, 66), 7401};

private:
    support::MemoryLink& link_;
};

}  // namespace mcast::node_test
