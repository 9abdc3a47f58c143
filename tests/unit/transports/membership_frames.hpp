#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "mcast/time.hpp"
#include "tests/unit/transports/frame_bytes.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/frame_parser.hpp"
#include "transports/dpdk/group_membership.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk::test {

// A query's IPv4 packet from 10.77.0.2, or its IPv6 packet from fe80::ff:fe00:2, with a message of
// which everything but the checksum is given.
struct QueryFrame {
    Bytes message;
    std::string to = "";  // all hosts
    std::string from = "";
    std::uint8_t hop_limit = 1;
    bool router_alert = true;
};

inline Bytes query_frame(const QueryFrame& query, Family family) {
    const bool ipv4 = family == Family::Ipv4;
    const std::string all = ipv4 ? "224.0.0.1" : "ff02::1";
    const Address destination = address(query.to.empty() ? all : query.to);
    const ControlHeaders headers{
        .station = {MacAddress::parse("02:00:00:00:00:02").value()},
        .destination_mac = destination.is_multicast() ? multicast_mac(destination) : kBroadcastMac,
        .source = address(!query.from.empty() ? query.from
                          : ipv4              ? "10.77.0.2"
                                              : "fe80::ff:fe00:2"),
        .destination = destination,
        .protocol = ipv4 ? kProtocolIgmp : kProtocolIcmpv6,
        .hop_limit = query.hop_limit,
        .router_alert = query.router_alert};
    Bytes frame = joined(Bytes(headers.size()), query.message);
    write_control_frame(frame, headers, query.message.size());
    return frame;
}

inline Bytes igmp_query(const char* message, const std::string& to = "") {
    return query_frame({.message = hex(message), .to = to}, Family::Ipv4);
}
inline Bytes mld_query(const char* message, const std::string& to = "") {
    return query_frame({.message = hex(message), .to = to}, Family::Ipv6);
}

// What a frame says, read by other code than wrote it: "report3 to-exclude 239.1.1.1, …".
inline std::string membership_words(std::span<const std::byte> frame) {
    const ParsedFrame parsed = parse_frame(frame, {});
    if (!parsed) return "dropped: " + std::string(to_string(parsed.cause));
    const bool ipv4 = parsed.kind == FrameKind::Igmp;
    const std::size_t size = ipv4 ? 4 : 16;
    const auto address_at = [&](std::size_t at) {
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), parsed.payload.data() + at, size);
        return to_string(ipv4 ? Address::ipv4(bytes[0], bytes[1], bytes[2], bytes[3])
                              : Address::ipv6(bytes));
    };
    const std::string to = " to " + to_string(parsed.destination.address);
    const unsigned type = std::to_integer<unsigned>(parsed.payload[0]);
    if (parsed.hop_limit != 1 || !parsed.router_alert ||
        parsed.destination_mac != multicast_mac(parsed.destination.address))
        return "with wrong headers";
    if (type == 0x12) return "report1 " + address_at(4) + to;
    if (type == 0x16) return "report2 " + address_at(4) + to;
    if (type == 0x17) return "leave2 " + address_at(4) + to;
    if (type == 131) return "report2 " + address_at(8) + to;
    if (type == 132) return "leave2 " + address_at(8) + to;
    if (type != 0x22 && type != 143) return "something else";
    std::string text = "report3";
    std::size_t at = 8;
    for (unsigned left = load_16(&parsed.payload[6]); left > 0; --left) {
        static constexpr const char* kTypes[] = {"?", "include", "exclude", "to-include",
                                                 "to-exclude"};
        text += text.ends_with("report3") ? " " : ", ";
        text += kTypes[std::to_integer<unsigned>(parsed.payload[at])];
        text += " " + address_at(at + 4);
        const std::size_t sources = load_16(&parsed.payload[at + 2]);
        for (std::size_t i = 0; i < sources; ++i)
            text += (i == 0 ? " from " : "+") + address_at(at + 4 + (i + 1) * size);
        at += 4 + (1 + sources) * size;
    }
    return at == parsed.payload.size() ? text : text + " and more";
}

// A membership on a link, at a time.
class Member {
public:
    explicit Member(const MembershipOptions& options = {}, std::uint64_t seed = 1)
        : random(seed),
          membership({MacAddress::parse("02:00:00:00:00:01").value()}, options),
          frame_(1514) {
        membership.set_source(
            address(options.family == Family::Ipv4 ? "10.77.0.1" : "fe80::ff:fe00:1"));
    }

    // What is due now, frame by frame.
    std::vector<std::string> due() {
        std::vector<std::string> all;
        while (const std::size_t size = membership.write_due(now, frame_, random))
            all.push_back(membership_words(std::span(frame_).first(size)));
        return all;
    }
    Bytes frame() {
        const std::size_t size = membership.write_due(now, frame_, random);
        return {frame_.begin(), frame_.begin() + static_cast<std::ptrdiff_t>(size)};
    }
    // The next thing that is said, and the time moves on to it; "" if nothing will be.
    std::string next() {
        if (membership.deadline() == kNever) return "";
        now = std::max(now, membership.deadline());
        const auto all = due();
        return all.size() == 1 ? all.front() : std::to_string(all.size()) + " frames";
    }
    // All that is said until nothing is pending.
    void settle() {
        while (membership.deadline() != kNever) {
            now = std::max(now, membership.deadline());
            due();
        }
    }
    void hear(const Bytes& bytes) { membership.on_frame(now, parse_frame(bytes, {}), random); }
    [[nodiscard]] std::uint64_t refused(QueryFault fault) const {
        return membership.counters().queries_refused[static_cast<std::size_t>(fault)];
    }

    Instant now{std::chrono::hours(1)};
    Random random;
    GroupMembership membership;

private:
    Bytes frame_;
};

}  // namespace mcast::dpdk::test
