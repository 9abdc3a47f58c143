#include "transports/dpdk/mac_address.hpp"

#include <charconv>
#include <span>
#include <system_error>

#include "mcast/assert.hpp"

namespace mcast::dpdk {

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
    constexpr std::size_t kTextSize = 17;
    if (text.size() != kTextSize) return std::nullopt;
    MacAddress mac;
    for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
        const char* first = text.data() + i * 3;
        const auto [end, failure] = std::from_chars(first, first + 2, mac.bytes[i], 16);
        if (failure != std::errc() || end != first + 2) return std::nullopt;
        if (i + 1 < mac.bytes.size() && first[2] != ':') return std::nullopt;
    }
    return mac;
}

MacAddress multicast_mac(const Address& group) {
    MCAST_ASSERT(group.is_multicast(), "only groups have a multicast MAC");
    const std::span<const std::uint8_t> ip = group.bytes();
    if (group.family() == Family::Ipv4)
        return {{0x01, 0x00, 0x5e, static_cast<std::uint8_t>(ip[1] & 0x7f), ip[2], ip[3]}};
    return {{0x33, 0x33, ip[12], ip[13], ip[14], ip[15]}};
}

std::string to_string(const MacAddress& mac) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : mac.bytes) {
        if (!text.empty()) text += ':';
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

}  // namespace mcast::dpdk
