#include "node/outbound.hpp"

#include <utility>

#include "wire/header.hpp"

namespace mcast::detail {

namespace {

// A batch as large as the transports send at once; more may wait while the device is busy.
constexpr std::size_t kBatch = 128;
constexpr std::size_t kPendingMax = 512;

bool same_way(const Datagram& one, const Datagram& other) {
    return one.destination == other.destination && one.interface == other.interface &&
           one.way == other.way;
}

}  // namespace

Outbound::Outbound(Context& context) : context_(context) {
    pending_.reserve(kPendingMax);
    grouped_.reserve(kPendingMax);
}

bool Outbound::push(Buffer buffer, const Target& target) {
    if (pending_.size() >= kBatch) flush();
    if (pending_.size() == kPendingMax) return false;
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
    std::size_t done = 0;
    while (done < pending_.size()) {
        const std::size_t count = context_.transport().send(std::span(pending_).subspan(done));
        for (std::size_t i = done; i < done + count; ++i)
            context_.stats.sent_bytes += pending_[i].buffer.size();
        context_.stats.sent += count;
        if (count == 0) break;
        done += count;
    }
    if (done < pending_.size()) {
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
        return;
    }
    // The last one first: a pool lends out first what it got back last, so that the next datagrams
    // lie behind one another as these did, and the kernel has fewer pieces to gather.
    while (!pending_.empty())
        pending_.pop_back();
    mixed_ = false;
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
