#include "base/sip_hash.hpp"

#include <bit>

namespace mcast {

SipHash::SipHash(Key key)
    : state_{key.first ^ 0x736f6d6570736575, key.second ^ 0x646f72616e646f6d ^ 0xee,
             key.first ^ 0x6c7967656e657261, key.second ^ 0x7465646279746573} {}

void SipHash::round() {
    auto& [v0, v1, v2, v3] = state_;
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
}

void SipHash::take(std::uint64_t word) {
    state_[3] ^= word;
    round();
    round();
    state_[0] ^= word;
}

SipHash& SipHash::add(std::span<const std::byte> bytes) {
    std::size_t at = 0;
    const auto put = [&] {
        pending_ |= static_cast<std::uint64_t>(bytes[at++]) << (8 * (size_++ & 7));
        if ((size_ & 7) != 0) return;
        take(pending_);
        pending_ = 0;
    };
    while (at < bytes.size() && (size_ & 7) != 0)
        put();
    for (; bytes.size() - at >= 8; at += 8, size_ += 8) {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < 8; ++i)  // compilers make one load of it
            word |= static_cast<std::uint64_t>(bytes[at + i]) << (8 * i);
        take(word);
    }
    while (at < bytes.size())
        put();
    return *this;
}

SipHash& SipHash::add(std::uint64_t number) {
    std::array<std::byte, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(number >> (8 * i));
    return add(bytes);
}

Fingerprint SipHash::finish() {
    take(pending_ | size_ << 56);
    const auto squeeze = [this](std::uint64_t& word, std::uint64_t mark) {
        word ^= mark;
        for (int i = 0; i < 4; ++i)
            round();
        return state_[0] ^ state_[1] ^ state_[2] ^ state_[3];
    };
    Fingerprint result;
    // The constants of the variant of 128 bits; 0xee went into the second word at the start.
    result.low = squeeze(state_[2], 0xee);
    result.high = squeeze(state_[1], 0xdd);
    return result;
}

}  // namespace mcast
