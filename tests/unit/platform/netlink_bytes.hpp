#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace mcast::platform {

using Bytes = std::vector<std::byte>;

template <typename T>
void append(Bytes& bytes, const T& value) {
    const auto* first = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), first, first + sizeof value);
}

inline void pad(Bytes& bytes) {
    while (bytes.size() % 4 != 0)
        bytes.push_back(std::byte{0});
}

// An attribute as the kernel lays it out, its padding included.
inline Bytes attribute(std::uint16_t type, const Bytes& value) {
    Bytes bytes;
    append(bytes, rtattr{static_cast<unsigned short>(sizeof(rtattr) + value.size()), type});
    bytes.insert(bytes.end(), value.begin(), value.end());
    pad(bytes);
    return bytes;
}

template <typename T>
Bytes number(std::uint16_t type, T value) {
    Bytes bytes;
    append(bytes, value);
    return attribute(type, bytes);
}

inline Bytes octets(std::uint16_t type, std::initializer_list<unsigned> values) {
    Bytes bytes;
    for (const unsigned value : values)
        bytes.push_back(static_cast<std::byte>(value));
    return attribute(type, bytes);
}

inline Bytes text(std::uint16_t type, const std::string& value) {
    const auto* first = reinterpret_cast<const std::byte*>(value.c_str());
    return attribute(type, Bytes(first, first + value.size() + 1));
}

// A header of a payload (ifinfomsg, ifaddrmsg) and its attributes.
template <typename Header>
Bytes payload(const Header& header, std::initializer_list<Bytes> attributes) {
    Bytes bytes;
    append(bytes, header);
    for (const Bytes& each : attributes)
        bytes.insert(bytes.end(), each.begin(), each.end());
    return bytes;
}

inline Bytes message(std::uint16_t type, const Bytes& content) {
    Bytes bytes;
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + content.size());
    header.nlmsg_type = type;
    append(bytes, header);
    bytes.insert(bytes.end(), content.begin(), content.end());
    pad(bytes);
    return bytes;
}

inline Bytes operator+(Bytes first, const Bytes& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

}  // namespace mcast::platform
