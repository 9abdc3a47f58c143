#pragma once

#include <cstdint>
#include <cstring>

#include "base/random.hpp"
#include "mcast/address.hpp"

namespace mcast::dpdk {

// For the keys of a FlatMap. Whoever chooses addresses may make them collide: its cost stays within
// the map's capacity.
struct AddressHash {
    [[nodiscard]] std::uint64_t operator()(const Address& address) const {
        std::uint64_t words[2] = {};
        std::memcpy(words, address.bytes().data(), address.bytes().size());
        return split_mix(words[0] ^ split_mix(words[1]));
    }
};

}  // namespace mcast::dpdk
