#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "mcast/export.hpp"
#include "mcast/message.hpp"
#include "mcast/peer.hpp"
#include "mcast/stats.hpp"
#include "mcast/time.hpp"

namespace mcast {

class Node;

namespace detail {
class NodeCore;
}

// Publishes messages of any type, ready-made in standard stream framing: for tools and relays.
// Movable; drop it before its node. One at a time for each topic of a node.
class MCAST_API RawPublisher {
public:
    RawPublisher() = default;
    RawPublisher(RawPublisher&& other) noexcept
        : core_(std::exchange(other.core_, nullptr)), node_(other.node_) {}
    RawPublisher& operator=(RawPublisher&& other) noexcept {
        std::swap(core_, other.core_);
        std::swap(node_, other.node_);
        return *this;
    }
    ~RawPublisher();

    // False if it was refused; an event and the log said why.
    explicit operator bool() const { return core_ != nullptr; }
    [[nodiscard]] std::string_view topic() const;
    // Peers that are up, subscribe to the topic and have been told of us: what is published now is
    // sent to them.
    [[nodiscard]] std::size_t listeners() const;
    [[nodiscard]] const PublisherStats& stats() const;

    // Publishes one message: `frame` is its segment table and segments. Copied once, into the
    // datagram, or into several if it is larger. False if it was not taken: malformed, too large,
    // or no transmit buffer is free; the stats say which.
    bool publish(std::span<const std::byte> frame);

    // The newest sequence of the topic's datagrams; 0: none yet. What was published since the last
    // poll() may still be without one: flush_until_acknowledged() waits for that as well.
    [[nodiscard]] std::uint64_t newest() const;
    // Reliable: the newest sequence up to which all subscribers that are up and not lagging have
    // everything or gave it up; newest() if there are none.
    [[nodiscard]] std::uint64_t acknowledged() const;
    // … that this one has; 0: it is no subscriber.
    [[nodiscard]] std::uint64_t acknowledged(PeerId subscriber) const;
    // All subscribers of a Reliable topic; allocates.
    [[nodiscard]] std::vector<ReceiverInfo> receivers() const;
    // Reliable: polls until acknowledged() is newest(), but not beyond `deadline`; whether it is.
    bool flush_until_acknowledged(Instant deadline);

protected:
    friend class Node;
    RawPublisher(detail::PublisherCore* core, detail::NodeCore& node) : core_(core), node_(&node) {}
    // Room for a message of about `size_hint` bytes (0: as the recent ones), for Loan to build in.
    [[nodiscard]] bool acquire(std::size_t size_hint, detail::Stretch& stretch);

    detail::PublisherCore* core_ = nullptr;

private:
    detail::NodeCore* node_ = nullptr;
};

// Publishes messages of the Cap'n Proto struct T, built inside the outgoing datagram.
template <typename T>
class Publisher : private RawPublisher {
public:
    Publisher() = default;

    using RawPublisher::operator bool;
    using RawPublisher::acknowledged;
    using RawPublisher::flush_until_acknowledged;
    using RawPublisher::listeners;
    using RawPublisher::newest;
    using RawPublisher::receivers;
    using RawPublisher::stats;
    using RawPublisher::topic;

    // A message to fill in; empty only while every transmit buffer is in flight, while subscribers
    // of a Reliable topic have to take more first (stats(): refused, held_back, paced), or if the
    // publisher was refused. `size_hint`: bytes it will probably need, framing included; 0: as the
    // largest recent one.
    [[nodiscard]] std::optional<Loan<T>> loan(std::size_t size_hint = 0) {
        detail::Stretch stretch;
        if (!acquire(size_hint, stretch)) return std::nullopt;
        return std::optional<Loan<T>>(std::in_place, *core_, std::move(stretch));
    }

private:
    friend class Node;
    explicit Publisher(RawPublisher&& raw) : RawPublisher(std::move(raw)) {}
};

}  // namespace mcast
