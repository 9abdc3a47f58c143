#include "node/outbound.hpp"

#include <algorithm>
#include <utility>

#include "wire/header.hpp"

namespace mcast::detail {

namespace {

// Of what waits, for one interface, so that others have room.
constexpr std::size_t kBusyMax = Outbound::kPendingMax / 2;
// Transports do not tell when an interface is ready again: soon, but no core spins for it.
constexpr Duration kRetryInterval = std::chrono::microseconds(100);

bool same_way(const Datagram& one, const Datagram& other) {
    return one.destination == other.destination && one.interface == other.interface &&
           one.way == other.way;
}

}  // namespace

Outbound::Outbound(Context& context) : context_(context) {
    pending_.reserve(kPendingMax);
    grouped_.reserve(kPendingMax);
    aside_.reserve(kPendingMax);
    busy_.reserve(8);
}

bool Outbound::push(Buffer buffer, const Target& target) {
    if (pending_.size() - stuck_ >= kBatch) flush();
    if (pending_.size() == kPendingMax) return false;
    if (!busy_.empty()) {
        Busy* busy = find_busy(target.interface);
        if (busy != nullptr && busy->waiting >= kBusyMax) return false;
        if (busy != nullptr) ++busy->waiting;
    }
    // Of a multicast nobody reads it.
    if (target.way == Way::Unicast) wire::set_receiver(buffer.data(), target.receiver);
    Datagram& datagram = pending_.emplace_back();
    datagram.buffer = std::move(buffer);
    datagram.interface = target.interface;
    datagram.destination = target.destination;
    datagram.way = target.way;
    mixed_ = mixed_ || (pending_.size() > 1 && !same_way(pending_.end()[-2], datagram));
    return true;
}

void Outbound::group() {
    grouped_.clear();
    for (std::size_t i = 0; i < pending_.size(); ++i) {
        if (!pending_[i].buffer) continue;  // taken already
        const std::size_t first = grouped_.size();
        grouped_.push_back(std::move(pending_[i]));
        for (std::size_t j = i + 1; j < pending_.size(); ++j) {
            if (pending_[j].buffer && same_way(grouped_[first], pending_[j]))
                grouped_.push_back(std::move(pending_[j]));
        }
    }
    std::swap(pending_, grouped_);
    grouped_.clear();
}

void Outbound::stamp() {
    const WallTime now = context_.host.clock->wall_now();
    for (const Datagram& datagram : pending_) {
        std::byte* const header = datagram.buffer.data();
        if (wire::layout::load<std::int64_t>(header, wire::layout::kSentAtAt) == 0)
            wire::set_sent_at(header, now);
    }
}

void Outbound::flush() {
    if (pending_.empty()) return;
    stamp();
    if (mixed_ && context_.transport().capabilities().run_max > 1) group();
    busy_.clear();
    std::size_t done = 0;
    while ((done = hand_over(done)) < pending_.size())
        set_aside(done, pending_[done].interface);
    // The last one first: a pool lends out first what it got back last, so that the next datagrams
    // lie behind one another as these did, and the kernel has fewer pieces to gather.
    while (!pending_.empty())
        pending_.pop_back();
    mixed_ = mixed_ && !aside_.empty();
    std::swap(pending_, aside_);
    stuck_ = pending_.size();
    if (stuck_ > 0) retry_at_ = context_.now() + kRetryInterval;
}

std::size_t Outbound::hand_over(std::size_t first) {
    while (first < pending_.size()) {
        const std::size_t count = context_.transport().send(std::span(pending_).subspan(first));
        for (std::size_t i = first; i < first + count; ++i)
            context_.stats.sent_bytes += pending_[i].buffer.size();
        context_.stats.sent += count;
        if (count == 0) break;
        first += count;
    }
    return first;
}

void Outbound::set_aside(std::size_t first, InterfaceIndex interface) {
    const std::size_t before = aside_.size();
    std::size_t kept = first;
    for (std::size_t i = first; i < pending_.size(); ++i) {
        if (pending_[i].interface == interface)
            aside_.push_back(std::move(pending_[i]));
        else if (kept++ != i)
            pending_[kept - 1] = std::move(pending_[i]);
    }
    pending_.resize(kept);
    busy_.push_back({interface, aside_.size() - before});
}

Outbound::Busy* Outbound::find_busy(InterfaceIndex interface) {
    const auto found = std::find_if(busy_.begin(), busy_.end(),
                                    [&](const Busy& busy) { return busy.interface == interface; });
    return found == busy_.end() ? nullptr : &*found;
}

Buffer Outbound::allocate() {
    Buffer buffer = context_.transport().allocate();
    if (!buffer && !pending_.empty()) {
        flush();
        buffer = context_.transport().allocate();
    }
    return buffer;
}

}  // namespace mcast::detail
