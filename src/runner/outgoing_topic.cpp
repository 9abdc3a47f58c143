#include "runner/outgoing_topic.hpp"

#include <utility>

namespace mcast::detail {

OutgoingTopic::OutgoingTopic(RawPublisher publisher, const Qos& qos)
    : publisher_(std::move(publisher)), singly_(qos.express || qos.delivery == Delivery::Latest) {
    refresh();
}

void OutgoingTopic::publish(Draft& draft) {
    if (draft.messages() > 0)
        publisher_.core().publish_datagram(draft.release(), draft.messages(), draft.largest());
    if (!draft.apart().empty()) {
        publisher_.core().publish_outgrown(draft.apart());
        draft.forget_apart();
    }
}

void OutgoingTopic::refresh() {
    // Relaxed: hints. A datagram that no longer fits its targets is dropped and counted by the
    // node.
    const auto set = [](auto& shown, auto value) {
        // Only when it changes: the outlets' cores keep the line.
        if (shown.load(std::memory_order_relaxed) != value)
            shown.store(value, std::memory_order_relaxed);
    };
    set(room_end_, publisher_.core().current_room_end());
    set(listeners_, publisher_.listeners());
}

RunnerPublisherStats OutgoingTopic::stats() const {
    RunnerPublisherStats stats;
    stats.node = publisher_ ? publisher_.stats() : last_stats_;
    stats.refused_no_buffer = refused_no_buffer_.load(std::memory_order_relaxed);
    stats.refused_stopped = refused_stopped_.load(std::memory_order_relaxed);
    stats.unsent = unsent_.load(std::memory_order_relaxed);
    return stats;
}

void OutgoingTopic::close() {
    last_stats_ = publisher_.stats();
    publisher_ = Publisher();
    listeners_.store(0, std::memory_order_relaxed);
}

}  // namespace mcast::detail
