#pragma once

#include "mcast/options.hpp"

namespace mcast::cli {

// What a sender of files and its receivers have agreed on.

inline constexpr const char* kItemTopic = "files";
inline constexpr const char* kRequestTopic = "files/requests";

// Bytes of a file in one message: with 40 bytes of message around them and the datagram's header
// they fill a datagram of an MTU of 1500, over IPv6, too, without being cut.
inline constexpr std::uint32_t kChunkSize = 1344;
inline constexpr std::uint32_t kChunkMessageSize = kChunkSize + 40;

[[nodiscard]] inline Qos file_qos() {
    return {.delivery = Delivery::Reliable};
}

}  // namespace mcast::cli
