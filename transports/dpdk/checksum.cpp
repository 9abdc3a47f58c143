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

template <typename Word>
Word load(const std::byte* at) {
    Word word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

}  // namespace

InternetSum& InternetSum::add(std::span<const std::byte> bytes) {
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    if (left >= 32) {
        // Four chains, since each addition waits for the carry of the one before: the processor
        // works on them side by side. By name, since g++ -O2 keeps an array of them in memory.
        std::uint64_t first = 0;
        std::uint64_t second = 0;
        std::uint64_t third = 0;
        std::uint64_t fourth = 0;
        for (; left >= 32; left -= 32, at += 32) {
            first = add_around(first, load<std::uint64_t>(at));
            second = add_around(second, load<std::uint64_t>(at + 8));
            third = add_around(third, load<std::uint64_t>(at + 16));
            fourth = add_around(fourth, load<std::uint64_t>(at + 24));
        }
        sum_ = add_around(sum_, add_around(add_around(first, second), add_around(third, fourth)));
    }
    std::uint64_t sum = sum_;
    for (; left >= 8; left -= 8, at += 8)
        sum = add_around(sum, load<std::uint64_t>(at));
    if ((left & 4) != 0) {
        sum = add_around(sum, load<std::uint32_t>(at));
        at += 4;
    }
    if ((left & 2) != 0) {
        sum = add_around(sum, load<std::uint16_t>(at));
        at += 2;
    }
    if ((left & 1) != 0) {
        std::uint16_t word = 0;
        std::memcpy(&word, at, 1);
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
