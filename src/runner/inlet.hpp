#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "runner/incoming_topic.hpp"
#include "runner/runner_core.hpp"
#include "wire/frame.hpp"

namespace mcast::detail {

// One thread's way to drain a topic: takes datagrams out of the common queue a few at a time and
// walks their messages.
class Inlet {
public:
    // The topic has counted us.
    Inlet(RunnerCore& runner, IncomingTopic& topic);
    // Another thread's, for the same queue.
    explicit Inlet(const Inlet& other);
    Inlet& operator=(const Inlet&) = delete;
    ~Inlet();

    [[nodiscard]] IncomingTopic& topic() const { return topic_; }
    [[nodiscard]] RunnerCore& runner() const { return runner_; }

    // Until next() may have something; false if `duration` has passed or the runner has stopped.
    bool wait_for(Duration duration);
    // From here on next() takes out one queue's worth of datagrams.
    void begin() { budget_ = topic_.capacity(); }
    // The next message, valid until the following call; null when there is none.
    const MessageView* next();
    // What next() gave could not be read.
    void reject();

private:
    bool refill();
    // Latest: of each peer's datagrams in the batch only the newest matters.
    void drop_overtaken();
    void open(QueuedDatagram& datagram);
    void skip_to_last();

    RunnerCore& runner_;
    IncomingTopic& topic_;
    std::size_t budget_ = 0;
    std::vector<QueuedDatagram> batch_;
    std::size_t begin_ = 0;  // of what is left in the batch
    std::size_t end_ = 0;
    MessageView view_;
    std::optional<wire::FrameWalker> walker_;  // over the datagram of view_
    DrainCounts counts_;
};

}  // namespace mcast::detail
