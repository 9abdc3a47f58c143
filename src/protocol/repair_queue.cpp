#include "protocol/repair_queue.hpp"

namespace mcast::protocol {

bool RepairQueue::on_request(Instant now, std::uint64_t sequence, SentDatagram& datagram,
                             std::uint32_t requester, Duration delay, Duration quiet) {
    if (datagram.queued) {
        if (datagram.requester != requester) datagram.requester = kSeveral;
        return true;
    }
    if (datagram.repaired_at != Instant{} && now - datagram.repaired_at < quiet) return false;
    if (queue_.full()) return false;
    datagram.queued = true;
    datagram.requester = requester;
    queue_.push({sequence, now + delay});
    return true;
}

std::uint64_t RepairQueue::pop_due(Instant now) {
    if (queue_.empty() || queue_.front().due > now) return 0;
    return queue_.pop().sequence;
}

}  // namespace mcast::protocol
