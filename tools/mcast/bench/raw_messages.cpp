#include "tools/mcast/bench/raw_messages.hpp"

#include <algorithm>
#include <cstring>

#include "mcast/message.hpp"

namespace mcast::bench {
namespace {

constexpr std::size_t kCallBatch = 32;     // datagrams in a sendmmsg; more gain nothing
constexpr std::size_t kSegmentsMax = 128;  // UDP_MAX_SEGMENTS, include/linux/udp.h
// gso_max_size (65,536) without the headers: what is longer is segmented on its way.
constexpr std::size_t kRunSizeMax = 65'494;

// How many datagrams of this size leave with one call.
std::size_t slots_of(Path path, std::size_t datagram_size) {
    if (path == Path::RawSingle) return 1;
    if (path == Path::RawPacked) return kCallBatch;
    return std::min(kSegmentsMax, kRunSizeMax / datagram_size);
}

// One message alone needs no header: that is the floor of all that can be done.
std::size_t header_size_of(const Case& what) {
    return what.path == Path::RawSingle ? 0 : kHeaderSize;
}

}  // namespace

RawWriter::RawWriter(const Case& what)
    : what_(what),
      content_(what.size),
      in_datagram_(what.messages_in_datagram()),
      header_size_(header_size_of(what)) {}

RawSlots::RawSlots(const Case& what)
    : writer_(what),
      datagram_size_(writer_.size_of(writer_.in_datagram())),
      slot_count_(slots_of(what.path, datagram_size_)),
      memory_(slot_count_ * datagram_size_) {}

void RawSlots::add(std::uint64_t number, std::uint64_t time) {
    const std::size_t in_datagram = writer_.in_datagram();
    writer_.write(slot(filled_ / in_datagram), filled_ % in_datagram, number, time);
    ++filled_;
}

std::size_t RawSlots::size_of(std::size_t slot) const {
    const std::size_t last = used() - 1;
    return slot < last ? datagram_size_ : writer_.size_of(filled_ - last * writer_.in_datagram());
}

void RawWriter::build(std::byte* to, std::uint64_t number, std::uint64_t time) const {
    std::memset(to, 0, what_.size);
    detail::RoomBuilder builder({to + sizeof(std::uint64_t), what_.size - sizeof(std::uint64_t)});
    if (what_.size == kQuoteSize)
        fill(builder.initRoot<Quote>(), number, time, what_.size);
    else
        fill(builder.initRoot<Block>(), number, time, what_.size);
    // The segment table: one segment (0 more), its length in words.
    const auto words = static_cast<std::uint32_t>(builder.getSegmentsForOutput()[0].size());
    std::memcpy(to + sizeof words, &words, sizeof words);
}

RawReader::RawReader(const Case& what)
    : what_(what), content_(what.size), header_size_(header_size_of(what)) {}

void RawReader::read(Tally& tally, const std::byte* data, std::size_t size, std::size_t segment) {
    for (std::size_t at = 0; at < size; at += segment)
        walk(tally, data + at, std::min(segment, size - at));
}

void RawReader::walk(Tally& tally, const std::byte* datagram, std::size_t size) {
    ++datagrams_;
    for (std::size_t at = header_size_; at + what_.size <= size; at += what_.size) {
        if (what_.path != Path::RawCapnp) {
            tally.on_message(content_.read(datagram + at), what_.size);
            continue;
        }
        detail::FrameReader reader({datagram + at, what_.size});
        tally.on_message(what_.size == kQuoteSize ? bench::read(reader.getRoot<Quote>())
                                                  : bench::read(reader.getRoot<Block>()),
                         what_.size);
    }
}

}  // namespace mcast::bench
