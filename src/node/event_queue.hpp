#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fixed_string.hpp"
#include "base/ring.hpp"
#include "mcast/event.hpp"
#include "mcast/topic.hpp"

namespace mcast::detail {

// An event with its texts, as it waits to be drained.
struct EventRecord {
    Event event;
    FixedString<kPeerNameMax> peer_name;
    FixedString<kTopicNameMax> topic;
    FixedString<15> interface_name;  // IFNAMSIZ - 1
    FixedString<255> text;
};

// Events that wait for drain_events(). When it is full what comes is dropped and counted; gaps
// may fill only three quarters of it, so that loss on the network cannot push out news of peers.
class EventQueue {
public:
    explicit EventQueue(std::size_t capacity) : records_(capacity) {}

    void push(const EventRecord& record);
    // Moves the oldest out; its views live until the next call. False if there is none.
    bool pop(Event& event);

    [[nodiscard]] bool empty() const { return records_.empty(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

private:
    Ring<EventRecord> records_;
    EventRecord popped_;
    std::uint64_t dropped_ = 0;
};

}  // namespace mcast::detail
