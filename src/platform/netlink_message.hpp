#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mcast::platform {

// One message of a netlink datagram (linux/netlink.h, struct nlmsghdr).
struct NetlinkMessage {
    std::uint16_t type = 0;
    std::uint16_t flags = 0;
    std::uint32_t sequence = 0;
    std::span<const std::byte> payload;  // without the header; within the datagram
};

// Takes a netlink datagram apart. Trusts no length in it.
class NetlinkMessageReader {
public:
    explicit NetlinkMessageReader(std::span<const std::byte> datagram) : rest_(datagram) {}

    // The next message; empty at the end, or where the datagram is malformed.
    std::optional<NetlinkMessage> next();
    // Whether the last next() stopped at bytes that are no message.
    [[nodiscard]] bool malformed() const { return malformed_; }

private:
    std::span<const std::byte> rest_;
    bool malformed_ = false;
};

// One attribute of a message (struct rtattr), or one nested in another.
struct NetlinkAttribute {
    std::uint16_t type = 0;  // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
    std::span<const std::byte> value;

    // The value in the host's byte order; empty if it is shorter.
    [[nodiscard]] std::optional<std::uint8_t> as_u8() const;
    [[nodiscard]] std::optional<std::uint32_t> as_u32() const;
    // Up to the first NUL, or all of it.
    [[nodiscard]] std::string_view as_text() const;
};

// Takes a run of attributes apart, as NetlinkMessageReader does.
class NetlinkAttributeReader {
public:
    explicit NetlinkAttributeReader(std::span<const std::byte> attributes) : rest_(attributes) {}

    std::optional<NetlinkAttribute> next();
    [[nodiscard]] bool malformed() const { return malformed_; }

private:
    std::span<const std::byte> rest_;
    bool malformed_ = false;
};

}  // namespace mcast::platform
