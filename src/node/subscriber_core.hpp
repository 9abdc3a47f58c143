#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ring.hpp"
#include "mcast/message.hpp"
#include "mcast/options.hpp"
#include "mcast/stats.hpp"
#include "node/context.hpp"
#include "wire/frame.hpp"

namespace mcast::detail {

// A datagram of a subscribed topic that waits to be drained: where its messages lie and where it
// came from. A large message that was put together again looks the same.
struct QueuedDatagram {
    Buffer buffer;
    std::uint32_t offset = 0;  // of the first message
    std::uint16_t message_count = 0;
    std::uint32_t stream = 0;
    PeerId peer;
    std::uint64_t topic = 0;
    InterfaceIndex interface;
    WallTime sent_at{};
    WallTime received_at{};
    std::uint64_t sequence = 0;
};

// Moves it into `view`, and walks its messages.
[[nodiscard]] wire::FrameWalker open_queued(QueuedDatagram& datagram, MessageView& view);

// One subscription of this node: the queue between poll() and drain().
class SubscriberCore {
public:
    // `streams_max`: how many streams there can be, for Latest.
    SubscriberCore(Context& context, std::string_view topic, std::uint64_t type_id, const Qos& qos,
                   std::size_t streams_max);

    [[nodiscard]] std::string_view topic() const { return topic_; }
    [[nodiscard]] std::uint64_t id() const { return id_; }
    [[nodiscard]] std::uint64_t type_id() const { return type_id_; }
    [[nodiscard]] const Qos& qos() const { return qos_; }
    [[nodiscard]] const SubscriberStats& stats() const { return stats_; }
    [[nodiscard]] bool accepts(std::uint64_t topic) const;
    [[nodiscard]] bool empty() const { return queue_.empty() && !walker_; }

    // The next datagram of a stream, in order. The one that it pushed out of the queue, if any.
    struct PushedOut {
        std::uint32_t stream = 0;
        PeerId peer;
        std::uint64_t topic = 0;
        StreamLoss loss = StreamLoss::QueueFull;
    };
    std::optional<PushedOut> on_datagram(QueuedDatagram&& datagram);
    // How many more datagrams the queue takes.
    [[nodiscard]] std::size_t room() const { return queue_.capacity() - queue_.size(); }
    void on_repaired() { ++stats_.repaired; }
    void on_recovered() { ++stats_.recovered; }
    void on_nak() { ++stats_.naks; }
    void on_lost(std::uint64_t datagrams) { stats_.lost += datagrams; }
    // A datagram that was counted as lost came after all, late.
    void on_late();
    // Counts for this subscriber alone; the node has counted it.
    void count_drop(DropCause cause, std::uint64_t count) { stats_.dropped.add(cause, count); }
    void on_reassembled();
    // The stream is over; its place may be another's.
    void on_stream_end(std::uint32_t stream);

    // The next message; null when there is none. Valid until the following call.
    const MessageView* next();
    // The message that next() gave could not be read.
    void reject();

    // For mcast::Runner (whole_datagrams.cpp): moves the oldest datagram out unread; false if there
    // is none. What becomes of its messages is the caller's to count.
    [[nodiscard]] bool next_datagram(QueuedDatagram& datagram);

private:
    void drop(DropCause cause, std::uint64_t count);
    bool open_next();
    // Of a Latest datagram only the last message counts.
    void skip_stale();

    Context& context_;
    std::string topic_;
    std::uint64_t id_;
    std::uint64_t type_id_;
    Qos qos_;
    Ring<QueuedDatagram> queue_;
    // Latest: by stream, the position + 1 of its datagram in the queue; 0: none yet.
    std::vector<std::uint64_t> positions_;
    MessageView view_;
    std::optional<wire::FrameWalker> walker_;  // over the datagram of view_
    SubscriberStats stats_;
};

}  // namespace mcast::detail
