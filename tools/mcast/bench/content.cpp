#include "tools/mcast/bench/content.hpp"

#include <capnp/serialize.h>

#include <algorithm>

namespace mcast::bench {
namespace {

// The third word of a Quote; the first of a Block's data, behind the pointer to it.
constexpr std::size_t kQuoteCheckOffset = 32;
constexpr std::size_t kBlockCheckOffset = 40;

std::uint64_t word_at(const std::byte* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    return word;
}

}  // namespace

void fill(Quote::Builder quote, std::uint64_t number, std::uint64_t time, std::size_t) {
    quote.setNumber(number);
    quote.setTime(time);
    quote.setInstrument(check_word(number));
    quote.setBid(100);
    quote.setAsk(101);
    quote.setBidSize(5);
    quote.setAskSize(6);
}

void fill(Block::Builder block, std::uint64_t number, std::uint64_t time, std::size_t size) {
    block.setNumber(number);
    block.setTime(time);
    auto data = block.initData(static_cast<unsigned>(size - kBlockOverhead));
    std::fill(data.begin(), data.end(), static_cast<capnp::byte>(number));
    const std::uint64_t check = check_word(number);
    std::memcpy(data.begin(), &check, sizeof check);
}

Seen read(const Quote::Reader& quote) {
    Seen seen;
    seen.number = quote.getNumber();
    seen.time = quote.getTime();
    seen.intact = quote.getInstrument() == check_word(seen.number);
    seen.sum = static_cast<std::uint64_t>(quote.getBid() + quote.getAsk()) + quote.getBidSize() +
               quote.getAskSize();
    return seen;
}

Seen read(const Block::Reader& block) {
    Seen seen;
    seen.number = block.getNumber();
    seen.time = block.getTime();
    const auto data = block.getData();
    if (data.size() < sizeof(std::uint64_t)) return seen;
    const auto* bytes = reinterpret_cast<const std::byte*>(data.begin());
    seen.intact = word_at(bytes) == check_word(seen.number);
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= data.size(); at += sizeof(std::uint64_t))
        seen.sum += word_at(bytes + at);
    return seen;
}

Content::Content(std::size_t size) : check_offset_(kBlockCheckOffset) {
    capnp::MallocMessageBuilder builder;
    if (size == kQuoteSize) {
        check_offset_ = kQuoteCheckOffset;
        fill(builder.initRoot<Quote>(), 1, 1, size);
    } else {
        fill(builder.initRoot<Block>(), 1, 1, size);
    }
    const auto words = capnp::messageToFlatArray(builder);
    const auto bytes = std::as_bytes(std::span(words.begin(), words.size()));
    frame_.assign(bytes.begin(), bytes.end());
}

std::uint64_t Content::type_id() const {
    return check_offset_ == kQuoteCheckOffset ? capnp::typeId<Quote>() : capnp::typeId<Block>();
}

}  // namespace mcast::bench
