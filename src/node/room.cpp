#include <utility>

#include "mcast/message.hpp"
#include "node/publisher_core.hpp"
#include "wire/frame.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

namespace {

constexpr std::uint32_t kTableSize = 8;  // of a message in one segment

}  // namespace

void Room::give_back() {
    publisher_->give_back(std::move(stretch_));
}

void Room::publish(RoomBuilder& builder) {
    PublisherCore& publisher = *std::exchange(publisher_, nullptr);
    if (!builder.in_room()) {
        publisher.publish_large(std::move(stretch_), builder);
        return;
    }
    const std::size_t size = builder.getSegmentsForOutput()[0].size() * sizeof(capnp::word);
    wire::write_segment_table(
        std::span<std::byte, kTableSize>(stretch_.datagram.data() + stretch_.offset, kTableSize),
        size);
    publisher.commit(std::move(stretch_), kTableSize + size);
}

}  // namespace mcast::detail
