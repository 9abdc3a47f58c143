#include "node/outbound.hpp"

#include <utility>

namespace mcast::detail {

namespace {

// A batch as large as the transports send at once; more may wait while the device is busy.
constexpr std::size_t kBatch = 64;
constexpr std::size_t kPendingMax = 512;

}  // namespace

Outbound::Outbound(Context& context) : context_(context) {
    pending_.reserve(kPendingMax);
}

bool Outbound::push(Datagram datagram) {
    if (pending_.size() >= kBatch) flush();
    if (pending_.size() == kPendingMax) return false;
    pending_.push_back(std::move(datagram));
    return true;
}

void Outbound::flush() {
    std::size_t done = 0;
    while (done < pending_.size()) {
        const std::size_t count = context_.transport().send(std::span(pending_).subspan(done));
        for (std::size_t i = done; i < done + count; ++i)
            context_.stats.sent_bytes += pending_[i].buffer.size();
        context_.stats.sent += count;
        if (count == 0) break;
        done += count;
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
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
