#pragma once

#include <kj/exception.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "mcast/export.hpp"
#include "mcast/message.hpp"
#include "mcast/stats.hpp"

namespace mcast {

class Node;

namespace detail {
class NodeCore;
class SubscriberCore;
}  // namespace detail

// Receives the messages of a topic as they are, of one type or of any: for tools and relays.
// Movable; drop it before its node.
class MCAST_API RawSubscriber {
public:
    RawSubscriber() = default;
    RawSubscriber(RawSubscriber&& other) noexcept
        : core_(std::exchange(other.core_, nullptr)), node_(other.node_) {}
    RawSubscriber& operator=(RawSubscriber&& other) noexcept {
        std::swap(core_, other.core_);
        std::swap(node_, other.node_);
        return *this;
    }
    ~RawSubscriber();

    // False if it was refused; an event and the log said why.
    explicit operator bool() const { return core_ != nullptr; }
    [[nodiscard]] std::string_view topic() const;
    // Peers that are up and publish the topic.
    [[nodiscard]] std::size_t publishers() const;
    [[nodiscard]] const SubscriberStats& stats() const;

    // Calls `handler(const RawSample&)` for each message that poll() took in, stream by stream in
    // order, and returns how many. A kj::Exception ends at drain(): it is counted as
    // MalformedMessage and the next message follows; other exceptions pass through.
    template <typename Handler>
    std::size_t drain(Handler&& handler) {
        return drain_as<RawSample>(handler);
    }

protected:
    friend class Node;
    RawSubscriber(detail::SubscriberCore* core, detail::NodeCore& node)
        : core_(core), node_(&node) {}

    template <typename SampleType, typename Handler>
    std::size_t drain_as(Handler& handler) {
        std::size_t count = 0;
        while (const detail::MessageView* view = next()) {
            try {
                const SampleType sample(*view);
                handler(sample);
                ++count;
            } catch (const kj::Exception&) {
                reject();
            }
        }
        return count;
    }
    // The next message, valid until the following call; null when there is none.
    const detail::MessageView* next();
    // What next() gave was nonsense.
    void reject();

    detail::SubscriberCore* core_ = nullptr;

private:
    detail::NodeCore* node_ = nullptr;
};

// Receives messages of the Cap'n Proto struct T, read where they arrived.
template <typename T>
class Subscriber : private RawSubscriber {
public:
    Subscriber() = default;

    using RawSubscriber::operator bool;
    using RawSubscriber::publishers;
    using RawSubscriber::stats;
    using RawSubscriber::topic;

    // As RawSubscriber::drain, with `handler(const Sample<T>&)`.
    template <typename Handler>
    std::size_t drain(Handler&& handler) {
        return this->template drain_as<Sample<T>>(handler);
    }

private:
    friend class Node;
    explicit Subscriber(RawSubscriber&& raw) : RawSubscriber(std::move(raw)) {}
};

}  // namespace mcast
