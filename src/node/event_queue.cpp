#include "node/event_queue.hpp"

namespace mcast::detail {

void EventQueue::push(const EventRecord& record) {
    const bool crowded = record.event.kind == EventKind::Gap &&
                         records_.size() >= records_.capacity() - records_.capacity() / 4;
    if (crowded || records_.full()) {
        ++dropped_;
        return;
    }
    records_.push(record);
}

bool EventQueue::pop(Event& event) {
    if (records_.empty()) return false;
    popped_ = records_.pop();
    event = popped_.event;
    event.peer_name = popped_.peer_name.view();
    event.topic = popped_.topic.view();
    event.interface_name = popped_.interface_name.view();
    event.text = popped_.text.view();
    return true;
}

}  // namespace mcast::detail
