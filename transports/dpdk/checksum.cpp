#include "transports/dpdk/checksum.hpp"

#include <cstring>

#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

// Ones' complement addition: the carry comes in again at the lower end, where it is worth as much,
// since 2^64 is 1 modulo 2^16 - 1.
std::uint64_t add_around(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t sum = a + b;
    return sum + (sum < b ? 1 : 0);
}

std::uint64_t load_word(const std::byte* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

}  // namespace

InternetSum& InternetSum::add(std::span<const std::byte> bytes) {
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    // Four chains, since each addition waits for the carry of the one before: the processor works
    // on them side by side.
    std::uint64_t chains[4] = {sum_, 0, 0, 0};
    for (; left >= 32; left -= 32, at += 32)
        for (std::size_t i = 0; i < 4; ++i)
            chains[i] = add_around(chains[i], load_word(at + i * 8));
    std::uint64_t sum =
        add_around(add_around(chains[0], chains[1]), add_around(chains[2], chains[3]));
    for (; left >= 8; left -= 8, at += 8)
        sum = add_around(sum, load_word(at));
    if (left > 0) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, left);
        sum = add_around(sum, word);
    }
    sum_ = sum;
    return *this;
}

InternetSum& InternetSum::add(std::uint16_t number) {
    sum_ = add_around(sum_, network_order(number));
    return *this;
}

InternetSum& InternetSum::add(const InternetSum& other) {
    sum_ = add_around(sum_, other.sum_);
    return *this;
}

InternetSum& InternetSum::add_pseudo_header(const Address& source, const Address& destination,
                                            std::uint8_t protocol) {
    return add(std::as_bytes(source.bytes()))
        .add(std::as_bytes(destination.bytes()))
        .add(std::uint16_t{protocol});
}

std::uint16_t InternetSum::folded() const {
    std::uint64_t sum = (sum_ >> 32) + (sum_ & 0xffffffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    sum = (sum >> 16) + (sum & 0xffff);
    return static_cast<std::uint16_t>(sum);
}

void store_checksum(std::byte* at, std::uint16_t in_memory_order) {
    std::memcpy(at, &in_memory_order, sizeof in_memory_order);
}

}  // namespace mcast::dpdk
