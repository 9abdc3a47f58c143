#include "transports/socket/joined_groups.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "transports/socket/socket_address.hpp"

namespace mcast::socket {

namespace {

bool parse_hex(std::string_view text, std::uint32_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return error == std::errc{} && end == text.data() + text.size();
}

// A line for each device, "2<tab>e0 : 1 V3", and behind it one for each group, "<tab>FB0000E0 ...":
// the address as a number of this machine's byte order.
std::vector<Address> ipv4_groups(InterfaceIndex interface) {
    std::vector<Address> groups;
    // Of this thread, since network namespaces belong to threads.
    std::ifstream table("/proc/thread-self/net/igmp");
    bool here = false;
    for (std::string line; std::getline(table, line);) {
        std::istringstream words(line);
        std::string first;
        words >> first;
        if (line[0] != '\t' && line[0] != ' ') {
            here = first == std::to_string(interface.value);
            continue;
        }
        std::uint32_t number = 0;
        if (!here || !parse_hex(first, number)) continue;
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &number, bytes.size());
        groups.push_back(Address::ipv4(bytes[0], bytes[1], bytes[2], bytes[3]));
    }
    return groups;
}

// "2 e0 ff0200000000000000000000000000fb 1 0000000C 0": the address in network byte order.
std::vector<Address> ipv6_groups(InterfaceIndex interface) {
    std::vector<Address> groups;
    std::ifstream table("/proc/thread-self/net/igmp6");
    for (std::string line; std::getline(table, line);) {
        std::istringstream words(line);
        std::string index;
        std::string name;
        std::string text;
        words >> index >> name >> text;
        if (index != std::to_string(interface.value) || text.size() != 32) continue;
        std::array<std::uint8_t, 16> bytes{};
        bool sound = true;
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            std::uint32_t value = 0;
            sound = parse_hex(std::string_view(text).substr(2 * i, 2), value) && sound;
            bytes[i] = static_cast<std::uint8_t>(value);
        }
        if (sound) groups.push_back(Address::ipv6(bytes));
    }
    return groups;
}

// Who is no member has no source filter either: EADDRNOTAVAIL.
bool is_member(int fd, InterfaceIndex interface, const Address& group) {
    SocketAddress address{};
    const socklen_t length = to_kernel({group, 0}, {}, address);
    group_filter filter{};
    filter.gf_interface = interface.value;
    std::memcpy(&filter.gf_group, &address, length);
    socklen_t size = sizeof(filter);
    const int level = group.family() == Family::Ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
    return ::getsockopt(fd, level, MCAST_MSFILTER, &filter, &size) == 0;
}

}  // namespace

std::vector<Address> joined_groups(int fd, InterfaceIndex interface, Family family) {
    std::vector<Address> groups =
        family == Family::Ipv6 ? ipv6_groups(interface) : ipv4_groups(interface);
    std::erase_if(groups, [&](const Address& group) { return !is_member(fd, interface, group); });
    return groups;
}

}  // namespace mcast::socket
