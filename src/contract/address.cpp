#include "mcast/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <system_error>

namespace mcast {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc() || end != text.data() + text.size() || port == 0)
        return std::nullopt;
    return port;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
    // inet_pton wants an end of string and would not look beyond one that is part of the text; no
    // address is longer than this.
    char copy[INET6_ADDRSTRLEN];
    if (text.size() >= sizeof copy || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::copy(text.begin(), text.end(), copy);
    copy[text.size()] = '\0';
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET, copy, bytes.data()) == 1)
        return ipv4(bytes[0], bytes[1], bytes[2], bytes[3]);
    if (inet_pton(AF_INET6, copy, bytes.data()) == 1) return ipv6(bytes);
    return std::nullopt;
}

bool Address::is_multicast() const {
    if (family_ == Family::Ipv4) return bytes_[0] >> 4 == 14;
    return family_ == Family::Ipv6 && bytes_[0] == 0xff;
}

bool Address::is_limited_broadcast() const {
    return *this == ipv4(255, 255, 255, 255);
}

bool Address::is_link_local() const {
    if (family_ == Family::Ipv4) return bytes_[0] == 169 && bytes_[1] == 254;
    return family_ == Family::Ipv6 && bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

bool Address::is_loopback() const {
    if (family_ == Family::Ipv4) return bytes_[0] == 127;
    if (family_ != Family::Ipv6) return false;
    return bytes_[15] == 1 &&
           std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t b) { return b == 0; });
}

bool Address::is_unspecified() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t b) { return b == 0; });
}

bool Address::shares_prefix(const Address& other, unsigned length) const {
    if (family_ != other.family_ || length > bytes().size() * 8) return false;
    const unsigned whole = length / 8;
    if (!std::equal(bytes_.begin(), bytes_.begin() + whole, other.bytes_.begin())) return false;
    const unsigned rest = length % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return (bytes_[whole] & mask) == (other.bytes_[whole] & mask);
}

std::string to_string(const Address& address) {
    char text[INET6_ADDRSTRLEN] = "-";
    if (address.family() == Family::Ipv4)
        inet_ntop(AF_INET, address.bytes().data(), text, sizeof text);
    else if (address.family() == Family::Ipv6)
        inet_ntop(AF_INET6, address.bytes().data(), text, sizeof text);
    return text;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
    std::string_view address = text;
    std::string_view port;  // with its colon, if there is one
    const bool bracketed = text.starts_with('[');
    if (bracketed) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        address = text.substr(1, end - 1);
        port = text.substr(end + 1);
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        address = text.substr(0, text.find(':'));
        port = text.substr(text.find(':'));
    }
    const std::optional<Address> parsed = Address::parse(address);
    if (!parsed || (bracketed && parsed->family() != Family::Ipv6)) return std::nullopt;
    if (port.empty()) return Endpoint{*parsed, 0};
    if (port.front() != ':') return std::nullopt;
    const std::optional<std::uint16_t> number = parse_port(port.substr(1));
    if (!number) return std::nullopt;
    return Endpoint{*parsed, *number};
}

std::string to_string(const Endpoint& endpoint) {
    const std::string address = to_string(endpoint.address);
    const std::string port = ":" + std::to_string(endpoint.port);
    return endpoint.address.family() == Family::Ipv6 ? "[" + address + "]" + port : address + port;
}

}  // namespace mcast
