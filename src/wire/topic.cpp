#include "mcast/topic.hpp"

#include <array>
#include <string>

#include "base/hash.hpp"
#include "base/utf8.hpp"

namespace mcast {
namespace {

// 239.255.1.0 to 239.255.254.255. Not 239.255.0.0/24, whose first address is that of the scope,
// and not 239.255.255.0/24, which RFC 2365 (9) keeps for protocols that need a group in every
// scope: SSDP and SLP are there.
constexpr std::uint64_t kIpv4GroupFirst = 0x0100;
constexpr std::uint64_t kIpv4GroupCount = 0xff00 - kIpv4GroupFirst;
constexpr std::uint64_t kIpv6GroupCount = std::uint64_t{1} << 32;

// Number of a group, below `count`. A topic has at least one byte, so no topic's is the hash of
// the announcements' by its text; where the numbers meet all the same, the topic takes the next.
std::uint64_t group_number(std::string_view domain, std::string_view topic, std::uint64_t count) {
    const auto number = [&](std::string_view name) {
        return Hash().add(domain).add(std::byte{0}).add(name).value() % count;
    };
    const std::uint64_t announcements = number({});
    if (topic.empty()) return announcements;
    const std::uint64_t own = number(topic);
    return own == announcements ? (own + 1) % count : own;
}

Group make_group(std::string_view domain, std::string_view topic, Family family,
                 std::uint16_t port) {
    const auto byte = [](std::uint64_t number, unsigned shift) {
        return static_cast<std::uint8_t>(number >> shift);
    };
    if (family == Family::Ipv4) {
        const std::uint64_t number = kIpv4GroupFirst + group_number(domain, topic, kIpv4GroupCount);
        return {Address::ipv4(239, 255, byte(number, 8), byte(number, 0)), port};
    }
    MCAST_ASSERT(family == Family::Ipv6, "a group has a family");
    const std::uint64_t number = group_number(domain, topic, kIpv6GroupCount);
    std::array<std::uint8_t, 16> bytes{};
    bytes[0] = 0xff;
    bytes[1] = 0x12;  // transient, link-local: RFC 4291, 2.7
    bytes[10] = 'M';
    bytes[11] = 'C';
    for (unsigned i = 0; i < 4; ++i)
        bytes[12 + i] = byte(number, 24 - 8 * i);
    return {Address::ipv6(bytes), port};
}

}  // namespace

std::uint64_t topic_id(std::string_view name, std::uint64_t type_id) {
    constexpr std::uint64_t kLower = 0xffffffff;
    const std::uint64_t of_name = hash(name);
    return (of_name & ~kLower) | (split_mix(of_name ^ type_id) & kLower);
}

Result<void> check_topic_name(std::string_view name) {
    if (name.empty())
        return Error{ErrorCode::InvalidArgument, 0, "a topic needs a name of 1 to 255 bytes"};
    if (name.size() > kTopicNameMax) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "a topic name has at most 255 bytes, this one " + std::to_string(name.size())};
    }
    if (!is_plain_text(name)) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "a topic name is UTF-8 without control characters, this one is not"};
    }
    return {};
}

std::uint32_t domain_id(std::string_view domain) {
    return static_cast<std::uint32_t>(hash(domain) >> 32);
}

Group announce_group(std::string_view domain, Family family, std::uint16_t port) {
    return make_group(domain, {}, family, port);
}

Group topic_group(std::string_view domain, std::string_view topic, Family family,
                  std::uint16_t port) {
    return make_group(domain, topic, family, port);
}

}  // namespace mcast
