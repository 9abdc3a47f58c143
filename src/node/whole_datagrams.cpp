// How datagrams pass whole between a node and mcast::Runner, which fills and reads them on other
// threads. The node's own publishers and subscribers do without.
#include <utility>

#include "node/publisher_core.hpp"
#include "node/subscriber_core.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

Buffer PublisherCore::allocate_datagram() {
    return outbound_.allocate();
}

std::uint32_t PublisherCore::current_room_end() {
    refresh_targets();
    return datagram_max_;
}

void PublisherCore::publish_datagram(Buffer datagram, std::uint16_t messages,
                                     std::size_t largest_message) {
    wire::set_message_count(datagram.data(), messages);
    message_size_.on_published(largest_message);
    stats_.published += messages;
    stats_.published_bytes += datagram.size() - wire::kHeaderSize;
    if (qos_.delivery == Delivery::Latest) {
        keep_or_send(std::move(datagram));
        return;
    }
    flush();  // what is open was published before
    const bool full = datagram.size() + message_size_.expected() > datagram_max_;
    if (full && !qos_.express)
        close_full(std::move(datagram));
    else
        close(std::move(datagram));
    if (qos_.express) outbound_.flush();
}

void PublisherCore::publish_outgrown(std::span<const std::byte> frame) {
    ++stats_.payload_copies;
    ++context_.stats.payload_copies;
    static_cast<void>(publish_copy(frame));
}

bool SubscriberCore::next_datagram(QueuedDatagram& datagram) {
    if (queue_.empty()) return false;
    datagram = queue_.pop();
    return true;
}

}  // namespace mcast::detail
