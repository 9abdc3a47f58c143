#pragma once

#include <capnp/generated-header-support.h>
#include <capnp/message.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "mcast/buffer.hpp"
#include "mcast/export.hpp"
#include "mcast/interface.hpp"
#include "mcast/peer.hpp"
#include "mcast/time.hpp"

namespace mcast {

// More segments than any builder makes of a message of message_size_max; more is malformed.
inline constexpr std::size_t kSegmentsMax = 64;

namespace detail {

class PublisherCore;

// Builds a message where it will be sent from: the first segment is the room in the datagram,
// further ones come from the heap. (capnp::MallocMessageBuilder would zero the datagram when it
// is destroyed, while it still waits to leave.)
class MCAST_API RoomBuilder final : public capnp::MessageBuilder {
public:
    // `room`: zeroed, 8-byte aligned.
    explicit RoomBuilder(std::span<std::byte> room) : room_(room) {}
    ~RoomBuilder() noexcept(false) override;
    kj::ArrayPtr<capnp::word> allocateSegment(unsigned minimum_words) override;

    // Whether everything lies in the room, and how many bytes of it are used.
    [[nodiscard]] bool in_room() const { return extra_.empty(); }

private:
    std::span<std::byte> room_;
    bool room_taken_ = false;
    std::vector<std::vector<capnp::word>> extra_;  // counted as a payload copy when published
};

// Reads one message in standard stream framing where it lies, without copying or allocating.
class MCAST_API FrameReader final : public capnp::MessageReader {
public:
    // `frame`: a segment table and its segments, as measured by frame_size(); 8-byte aligned.
    explicit FrameReader(std::span<const std::byte> frame);
    ~FrameReader() noexcept(false) override;
    kj::ArrayPtr<const capnp::word> getSegment(unsigned id) override;

private:
    kj::ArrayPtr<const capnp::word> first_;
    std::span<const std::byte> frame_;
};

// As frame_size(), for messages of any number of segments.
[[nodiscard]] MCAST_API std::size_t frame_size_of_many(std::span<const std::byte> bytes);

// The length in bytes of the message in stream framing at the start of `bytes`; 0 if it is
// malformed, has more than kSegmentsMax segments or reaches beyond the end.
[[nodiscard]] inline std::size_t frame_size(std::span<const std::byte> bytes) {
    if (bytes.size() < 8) return 0;
    // Nearly all are one segment: a table of its count less one, and its words.
    std::uint64_t table;
    std::memcpy(&table, bytes.data(), sizeof table);
    if (static_cast<std::uint32_t>(table) != 0) return frame_size_of_many(bytes);
    const std::uint64_t words = table >> 32;
    // Without a first word there is no root pointer.
    return words != 0 && words <= bytes.size() / 8 - 1 ? (words + 1) * 8 : 0;
}

// Where a message may be built: from `offset` of a datagram, behind what is in use of it, to `end`.
struct Stretch {
    Buffer datagram;
    std::uint32_t offset = 0;
    std::uint32_t end = 0;
};

// A stretch of a datagram in which a message is being built. Gives itself back if unpublished.
class MCAST_API Room {
public:
    Room(PublisherCore& publisher, Stretch&& stretch)
        : publisher_(&publisher), stretch_(std::move(stretch)) {}
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    ~Room() {
        if (publisher_ != nullptr) give_back();
    }

    // Behind the 8 bytes of the segment table, to the end.
    [[nodiscard]] std::span<std::byte> segment() const {
        const std::uint32_t begin = stretch_.offset + 8;
        return {stretch_.datagram.data() + begin, stretch_.end - begin};
    }
    void publish(RoomBuilder& builder);
    [[nodiscard]] bool published() const { return publisher_ == nullptr; }

private:
    void give_back();

    PublisherCore* publisher_;
    Stretch stretch_;
};

// A message in a datagram that arrived.
struct MessageView {
    Buffer datagram;
    std::span<const std::byte> frame;
    PeerId peer;
    std::uint64_t topic = 0;
    InterfaceIndex interface;
    WallTime sent_at{};
    WallTime received_at{};
    std::uint64_t sequence = 0;
};

}  // namespace detail

// A message that is being built inside an outgoing datagram. Neither copied nor moved; one that is
// not published gives its room back. Drop it before the publisher and the node.
template <typename T>
class Loan {
public:
    Loan(detail::PublisherCore& publisher, detail::Stretch&& stretch)
        : room_(publisher, std::move(stretch)), builder_(room_.segment()) {}

    // The root to fill in; the same one every time.
    [[nodiscard]] typename T::Builder root() {
        if (!begun_) {
            begun_ = true;
            return builder_.template initRoot<T>();
        }
        return builder_.template getRoot<T>();
    }
    // Closes the message. It leaves when its datagram is full, at the next poll(), or at once if
    // the topic is express. A second call does nothing.
    void publish() {
        if (room_.published()) return;
        if (!begun_) static_cast<void>(root());
        room_.publish(builder_);
    }

private:
    detail::Room room_;
    detail::RoomBuilder builder_;
    bool begun_ = false;
};

// A message that arrived, whatever its type: where it comes from and its bytes. Valid inside the
// handler of drain(); hold() keeps it longer.
class MCAST_API RawSample {
public:
    explicit RawSample(const detail::MessageView& view) : view_(view) {}

    [[nodiscard]] PeerId peer() const { return view_.peer; }
    // Identifies name and type of the topic; see topic_id().
    [[nodiscard]] std::uint64_t topic() const { return view_.topic; }
    [[nodiscard]] InterfaceIndex interface() const { return view_.interface; }
    [[nodiscard]] WallTime sent_at() const { return view_.sent_at; }
    [[nodiscard]] WallTime received_at() const { return view_.received_at; }
    // Of the datagram that held it; several messages may share one.
    [[nodiscard]] std::uint64_t sequence() const { return view_.sequence; }

    // The message in standard stream framing.
    [[nodiscard]] std::span<const std::byte> bytes() const { return view_.frame; }
    // Keeps the datagram alive for as long as the Buffer lives; copies nothing. Its bytes() are
    // this message; read it with Held<T>. Datagrams held are missing from the receive pool.
    [[nodiscard]] Buffer hold() const {
        return view_.datagram.slice(
            static_cast<std::uint32_t>(view_.frame.data() - view_.datagram.data()),
            static_cast<std::uint32_t>(view_.frame.size()));
    }

private:
    const detail::MessageView& view_;
};

// A message that arrived, read where it lies.
template <typename T>
class Sample : public RawSample {
public:
    // May throw a kj::Exception on hostile bytes, as any getter may: drain() catches and counts it.
    explicit Sample(const detail::MessageView& view)
        : RawSample(view), reader_(view.frame), root_(reader_.template getRoot<T>()) {}
    Sample(const Sample&) = delete;
    Sample& operator=(const Sample&) = delete;

    const typename T::Reader& operator*() const { return root_; }
    const typename T::Reader* operator->() const { return &root_; }

private:
    detail::FrameReader reader_;
    typename T::Reader root_;
};

// Reads a message that RawSample::hold() kept.
template <typename T>
class Held {
public:
    explicit Held(Buffer buffer)
        : buffer_(std::move(buffer)),
          reader_(buffer_.bytes()),
          root_(reader_.template getRoot<T>()) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    const typename T::Reader& operator*() const { return root_; }
    const typename T::Reader* operator->() const { return &root_; }

private:
    Buffer buffer_;
    detail::FrameReader reader_;
    typename T::Reader root_;
};

}  // namespace mcast
