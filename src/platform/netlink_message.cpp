#include "platform/netlink_message.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>

namespace mcast::platform {

namespace {

// Copied out, since a datagram's bytes are no object of that type and may lie anywhere.
template <typename T>
std::optional<T> read(std::span<const std::byte> bytes) {
    T value;
    if (bytes.size() < sizeof value) return std::nullopt;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

// Messages and attributes both end at a multiple of 4; the last one's padding may be missing.
std::span<const std::byte> after(std::span<const std::byte> bytes, std::size_t length) {
    static_assert(NLMSG_ALIGNTO == 4 && RTA_ALIGNTO == 4);
    return bytes.subspan(std::min(bytes.size(), (length + 3) & ~std::size_t{3}));
}

}  // namespace

std::optional<NetlinkMessage> NetlinkMessageReader::next() {
    if (rest_.empty()) return std::nullopt;
    const auto header = read<nlmsghdr>(rest_);
    malformed_ =
        !header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > rest_.size();
    if (malformed_) return std::nullopt;
    const std::size_t length = header->nlmsg_len;
    const NetlinkMessage message{header->nlmsg_type, header->nlmsg_flags, header->nlmsg_seq,
                                 rest_.subspan(sizeof(nlmsghdr), length - sizeof(nlmsghdr))};
    rest_ = after(rest_, length);
    return message;
}

std::optional<NetlinkAttribute> NetlinkAttributeReader::next() {
    if (rest_.empty()) return std::nullopt;
    const auto header = read<rtattr>(rest_);
    malformed_ = !header || header->rta_len < sizeof(rtattr) || header->rta_len > rest_.size();
    if (malformed_) return std::nullopt;
    const std::size_t length = header->rta_len;
    const NetlinkAttribute attribute{static_cast<std::uint16_t>(header->rta_type & NLA_TYPE_MASK),
                                     rest_.subspan(sizeof(rtattr), length - sizeof(rtattr))};
    rest_ = after(rest_, length);
    return attribute;
}

std::optional<std::uint8_t> NetlinkAttribute::as_u8() const {
    return read<std::uint8_t>(value);
}

std::optional<std::uint32_t> NetlinkAttribute::as_u32() const {
    return read<std::uint32_t>(value);
}

std::string_view NetlinkAttribute::as_text() const {
    const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
    return text.substr(0, text.find('\0'));
}

}  // namespace mcast::platform
