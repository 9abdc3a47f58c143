// How a message leaves that does not fit the room it was built in: copied into a datagram of its
// own, or cut into fragments. The only places where a published message is copied.
#include <algorithm>
#include <cstring>
#include <utility>

#include "node/publisher_core.hpp"
#include "wire/fragment.hpp"
#include "wire/frame.hpp"

namespace mcast::detail {

namespace {

constexpr std::uint32_t kHeaderSize = wire::kHeaderSize;

}  // namespace

void PublisherCore::publish_large(Stretch&& stretch, RoomBuilder& builder) {
    const std::size_t size = wire::framed_size(builder);
    ++stats_.payload_copies;
    ++context_.stats.payload_copies;
    // It is built: what went before it leaves first, and its own room becomes free.
    std::vector<std::byte> frame(size);
    wire::write_frame(builder, frame);
    give_back(std::move(stretch));
    if (reliable_) {
        count_published(size);
        waiting_.push_back(std::move(frame));
        static_cast<void>(send_waiting());
    } else {
        static_cast<void>(publish_frame(frame));
    }
}

bool PublisherCore::publish_copy(std::span<const std::byte> frame) {
    return send_waiting() && publish_frame(frame);
}

bool PublisherCore::send_waiting() {
    while (!waiting_.empty()) {
        // It was counted when it was built, however often it is tried now.
        const PublisherStats before = stats_;
        const bool sent = publish_frame(waiting_.front());
        stats_.published = before.published;
        stats_.published_bytes = before.published_bytes;
        if (stats_.too_large > before.too_large) {
            --stats_.published;
            stats_.published_bytes -= waiting_.front().size();
        } else if (!sent) {
            return false;
        }
        waiting_.erase(waiting_.begin());
    }
    return true;
}

bool PublisherCore::publish_frame(std::span<const std::byte> frame) {
    if (frame.size() > context_.options.limits.message_size_max) {
        ++stats_.too_large;
        return false;
    }
    if (frame.empty() || frame.size() % 8 != 0 || frame_size(frame) != frame.size()) {
        ++stats_.malformed;
        return false;
    }
    refresh_targets();
    if (frame.size() > datagram_max_ - kHeaderSize) return send_fragments(frame);
    Stretch stretch;
    if (!acquire_to_fill(frame.size(), stretch)) return false;
    std::memcpy(stretch.datagram.data() + stretch.offset, frame.data(), frame.size());
    commit(std::move(stretch), frame.size());
    return true;
}

bool PublisherCore::send_fragments(std::span<const std::byte> frame) {
    const auto plan = wire::plan_fragments(static_cast<std::uint32_t>(frame.size()), datagram_max_);
    if (!plan) {
        ++stats_.too_large;
        return false;
    }
    if (reliable_ && plan->count > reliable_->capacity()) {
        ++stats_.too_large;
        return false;
    }
    if (reliable_ && !reliable_->may_send(plan->count)) return false;
    // Order within the stream: what is open was published before. A Latest one is overtaken.
    if (open_ && qos_.delivery == Delivery::Latest) {
        stats_.conflated += message_count(open_);
        open_.reset();
    }
    flush();
    count_published(frame.size());
    ++stats_.fragmented;
    const bool kept = last_value_ || (reliable_ && reliable_->keeps_unheard());
    if (targets_.all().empty() && !kept) {
        ++stats_.unheard;
        return true;
    }
    for (std::uint16_t index = 0; index < plan->count; ++index) {
        Buffer datagram = outbound_.allocate();
        if (!datagram) {
            ++stats_.refused;
            return false;
        }
        const std::uint32_t length = plan->length(index);
        std::byte* const to = datagram.data() + kHeaderSize;
        wire::write_fragment(
            std::span<std::byte, wire::kFragmentOverhead>(to, wire::kFragmentOverhead), *plan,
            index);
        std::memcpy(to + wire::kFragmentOverhead, frame.data() + plan->offset(index), length);
        // Data is a list of bytes, padded to whole words.
        const std::uint32_t padded = (length + 7) & ~std::uint32_t{7};
        std::memset(to + wire::kFragmentOverhead + length, 0, padded - length);
        datagram.resize(kHeaderSize + wire::kFragmentOverhead + padded);
        const bool last = index + 1u == plan->count;
        if (!send(datagram, wire::DatagramKind::Fragment, last ? 1 : 0, index == 0)) return false;
    }
    if (qos_.express) outbound_.flush();
    return true;
}

}  // namespace mcast::detail
