#include "transports/dpdk/port_addresses.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>

namespace mcast::dpdk {

namespace {

std::optional<InterfaceAddress> parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::optional<Address> address = Address::parse(text.substr(0, slash));
    if (!address || address->is_multicast() || address->is_unspecified()) return std::nullopt;
    const unsigned most = address->family() == Family::Ipv4 ? 32 : 128;
    unsigned length = most;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), length);
        if (error != std::errc{} || end != digits.data() + digits.size() || length > most)
            return std::nullopt;
    }
    return InterfaceAddress{*address, static_cast<std::uint8_t>(length), {}, false};
}

// All bits of the host set; none where there is no room for one (RFC 3021).
Address directed_broadcast(const InterfaceAddress& own) {
    if (own.address.family() != Family::Ipv4 || own.prefix_length > 30) return {};
    const std::span<const std::uint8_t> bytes = own.address.bytes();
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes)
        value = value << 8 | byte;
    value |= 0xffffffffu >> own.prefix_length;
    return Address::ipv4(static_cast<std::uint8_t>(value >> 24),
                         static_cast<std::uint8_t>(value >> 16),
                         static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value));
}

Address link_local(const MacAddress& mac) {
    const auto& m = mac.bytes;
    return Address::ipv6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(m[0] ^ 0x02),
                          m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]});
}

}  // namespace

Result<std::vector<InterfaceAddress>> port_addresses(std::span<const std::string> texts,
                                                     const MacAddress& mac) {
    std::vector<InterfaceAddress> addresses;
    bool ipv6 = false;
    bool of_link = false;
    for (const std::string& text : texts) {
        std::optional<InterfaceAddress> own = parse(text);
        if (!own)
            return Error{ErrorCode::InvalidArgument, EINVAL,
                         "'" + text +
                             "' is no address of an interface: give one such as 10.0.0.2/24 or "
                             "fd00::2/64"};
        own->broadcast = directed_broadcast(*own);
        ipv6 |= own->address.family() == Family::Ipv6;
        of_link |= own->address.family() == Family::Ipv6 && own->address.is_link_local();
        addresses.push_back(*own);
    }
    if (ipv6 && !of_link) addresses.push_back({link_local(mac), 64, {}, false});
    return addresses;
}

}  // namespace mcast::dpdk
