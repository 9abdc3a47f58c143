#include <utility>

#include "mcast/message.hpp"
#include "node/publisher_core.hpp"
#include "wire/frame.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

namespace {

constexpr std::uint32_t kTableSize = 8;  // of a message in one segment

}  // namespace

Room::Room(PublisherCore& publisher, Buffer datagram, std::uint32_t offset)
    : publisher_(&publisher), datagram_(std::move(datagram)), offset_(offset) {}

Room::~Room() {
    if (publisher_ != nullptr) publisher_->give_back(std::move(datagram_), offset_);
}

std::span<std::byte> Room::segment() const {
    const std::uint32_t begin = offset_ + kTableSize;
    return {datagram_.data() + begin, publisher_->room_end() - begin};
}

void Room::publish(RoomBuilder& builder) {
    PublisherCore& publisher = *std::exchange(publisher_, nullptr);
    if (!builder.in_room()) {
        publisher.publish_large(std::move(datagram_), offset_, builder);
        return;
    }
    const std::size_t size = builder.getSegmentsForOutput()[0].size() * sizeof(capnp::word);
    wire::write_segment_table(
        std::span<std::byte, kTableSize>(datagram_.data() + offset_, kTableSize), size);
    publisher.commit(std::move(datagram_), offset_, kTableSize + size);
}

}  // namespace mcast::detail
