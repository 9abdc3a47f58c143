#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "protocol/message_size.hpp"
#include "runner/outgoing_topic.hpp"
#include "runner/runner_core.hpp"

namespace mcast::detail {

// One thread's way to publish on a topic. At most one draft is open; a loan takes it away and gives
// it back, a second loan meanwhile gets a draft of its own.
class Outlet {
public:
    // The topic has counted us.
    Outlet(RunnerCore& runner, OutgoingTopic& topic);
    // Another thread's, for the same topic.
    explicit Outlet(const Outlet& other);
    Outlet& operator=(const Outlet&) = delete;
    ~Outlet();

    [[nodiscard]] OutgoingTopic& topic() const { return topic_; }
    [[nodiscard]] RunnerCore& runner() const { return runner_; }

    // A draft with room for a message of about `size_hint` bytes (0: as the recent ones), lent;
    // null if there is none, which is counted.
    [[nodiscard]] Draft* acquire(std::size_t size_hint);
    // Where to build the message in it: behind the segment table.
    [[nodiscard]] static std::span<std::byte> room(const Draft& draft);
    void publish(Draft& draft, RoomBuilder& builder);
    // Nothing was published.
    void give_back(Draft& draft);

private:
    // Lets go of a lent draft: it stays ours to go on, or is sealed.
    void settle(Draft& draft, bool sealed);
    void enqueue(Draft& draft);

    RunnerCore& runner_;
    OutgoingTopic& topic_;
    moodycamel::ProducerToken token_;  // of the runner's queue: keeps our drafts in order
    Draft* open_ = nullptr;
    std::uint64_t open_life_ = 0;
    bool open_queued_ = false;  // if not, nobody else knows of it
    protocol::MessageSize message_size_;
};

}  // namespace mcast::detail
