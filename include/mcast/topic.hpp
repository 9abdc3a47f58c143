#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mcast/address.hpp"
#include "mcast/export.hpp"
#include "mcast/result.hpp"

namespace mcast {

inline constexpr std::size_t kTopicNameMax = 255;   // bytes
inline constexpr std::size_t kDomainNameMax = 255;  // bytes
inline constexpr std::size_t kPeerNameMax = 63;     // bytes
inline constexpr std::uint64_t kAnyType = 0;

// Cap'n Proto type of topics that carry plain bytes: `Bytes` of schemas/bytes.capnp.
inline constexpr std::uint64_t kBytesType = 0xd3b6d1a7f0c5e921;

// What identifies a topic on the wire: the upper 32 bits hash the name, the lower 32 mix in the
// type, so that the same name with another type is another topic. schemas/README.md has vectors.
[[nodiscard]] MCAST_API std::uint64_t topic_id(std::string_view name, std::uint64_t type_id);
// Whether two ids have the same name, whatever their types.
[[nodiscard]] constexpr bool same_topic_name(std::uint64_t a, std::uint64_t b) {
    return (a >> 32) == (b >> 32);
}

// Whether a name can be a topic's: 1–255 bytes of UTF-8 without control characters.
[[nodiscard]] MCAST_API Result<void> check_topic_name(std::string_view name);

// What a domain is on the wire.
[[nodiscard]] MCAST_API std::uint32_t domain_id(std::string_view domain);
// Where the nodes of a domain announce themselves, and where a topic's datagrams go: in
// 239.255.0.0/16 (RFC 2365) and ff12::4d43:0:0/96 (transient, link-local; RFC 4291).
[[nodiscard]] MCAST_API Group announce_group(std::string_view domain, Family family,
                                             std::uint16_t port);
[[nodiscard]] MCAST_API Group topic_group(std::string_view domain, std::string_view topic,
                                          Family family, std::uint16_t port);

}  // namespace mcast
