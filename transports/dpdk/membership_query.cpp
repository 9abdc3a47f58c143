#include "transports/dpdk/membership_query.hpp"

#include <array>
#include <chrono>
#include <cstring>

#include "mcast/assert.hpp"
#include "transports/dpdk/membership_report.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// IGMPv1 has no such field; its answers take up to 10 s (RFC 2236, 4).
constexpr Duration kVersionOneResponse = seconds(10);

Address load_address(const std::byte* at, Family family) {
    if (family == Family::Ipv4)
        return Address::ipv4(load_8(at), load_8(at + 1), load_8(at + 2), load_8(at + 3));
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), at, bytes.size());
    return Address::ipv6(bytes);
}

// What the later version adds behind the group: S and QRV, QQIC, the sources.
QueryFault read_additions(std::span<const std::byte> rest, Family family, MembershipQuery& query) {
    constexpr std::size_t kSize = 4;
    query.robustness = load_8(rest.data()) & 7;
    query.interval = seconds(decode_8(load_8(rest.data() + 1)));
    query.source_count = load_16(rest.data() + 2);
    const std::size_t address_size = family == Family::Ipv4 ? 4 : 16;
    if (query.source_count * address_size > rest.size() - kSize) return QueryFault::Length;
    query.sources = rest.subspan(kSize, query.source_count * address_size);
    return QueryFault::None;
}

QueryFault read_igmp(std::span<const std::byte> message, MembershipQuery& query) {
    constexpr std::size_t kOldSize = 8;
    constexpr std::size_t kNewSize = 12;
    // RFC 3376, 7.1: the length tells the version; of the two old ones a zero tells the first.
    const std::uint8_t code = load_8(message.data() + 1);
    query.group = load_address(message.data() + 4, Family::Ipv4);
    query.response_max = milliseconds(100) * decode_8(code);
    if (message.size() == kOldSize) {
        if (code != 0) {
            query.version = MembershipVersion::Two;
            query.response_max = milliseconds(100) * code;
            return QueryFault::None;
        }
        query.version = MembershipVersion::One;
        query.group = Address::ipv4(0, 0, 0, 0);  // RFC 1112, Appendix I: not used
        query.response_max = kVersionOneResponse;
        return QueryFault::None;
    }
    if (message.size() < kNewSize) return QueryFault::Length;
    return read_additions(message.subspan(kOldSize), Family::Ipv4, query);
}

QueryFault read_mld(std::span<const std::byte> message, MembershipQuery& query) {
    constexpr std::size_t kOldSize = 24;
    constexpr std::size_t kNewSize = 28;
    if (message.size() < kOldSize) return QueryFault::Length;
    const std::uint16_t code = load_16(message.data() + 4);
    query.group = load_address(message.data() + 8, Family::Ipv6);
    query.response_max = milliseconds(decode_16(code));
    if (message.size() == kOldSize) {  // RFC 3810, 8.1
        query.version = MembershipVersion::Two;
        query.response_max = milliseconds(code);
        return QueryFault::None;
    }
    if (message.size() < kNewSize) return QueryFault::Length;
    return read_additions(message.subspan(kOldSize), Family::Ipv6, query);
}

// What holds for the packet around a query. IGMP queries without router alert are taken: some
// queriers leave it out, Linux does not ask for it either, and who does not answer them loses its
// groups. The hop limit is what keeps other networks' queries away.
QueryFault check_headers(const ParsedFrame& frame, const MembershipQuery& query,
                         const Address& own) {
    if (frame.hop_limit != 1) return QueryFault::HopLimit;
    const Family family = frame.source.address.family();
    if (family == Family::Ipv6) {
        if (!frame.router_alert) return QueryFault::RouterAlert;
        if (!frame.source.address.is_link_local()) return QueryFault::Source;
    }
    if (!query.is_general() && !query.group.is_multicast()) return QueryFault::Group;
    if (query.is_general() && query.source_count > 0) return QueryFault::Group;
    const Address& to = frame.destination.address;
    if (to == all_hosts(family) || to == own) return QueryFault::None;
    return !query.is_general() && to == query.group ? QueryFault::None : QueryFault::Destination;
}

}  // namespace

std::string_view to_string(QueryFault fault) {
    static constexpr std::array<std::string_view, kQueryFaultCount> kNames{
        "none",   "length",      "hop-limit", "router-alert",
        "source", "destination", "group",     "too-soon"};
    return kNames[static_cast<std::size_t>(fault)];
}

Address MembershipQuery::source(std::size_t index) const {
    MCAST_ASSERT(index < source_count, "a source of the query");
    return load_address(sources.data() + index * (sources.size() / source_count), group.family());
}

MembershipMessage membership_message(const ParsedFrame& frame) {
    if (frame.kind != FrameKind::Igmp && frame.kind != FrameKind::Icmpv6)
        return MembershipMessage::Other;
    const std::uint8_t type = load_8(frame.payload.data());
    if (frame.kind == FrameKind::Igmp) {
        if (type == kIgmpQuery) return MembershipMessage::Query;
        return type == kIgmpReportOne || type == kIgmpReportTwo ? MembershipMessage::Report
                                                                : MembershipMessage::Other;
    }
    if (type == kMldQuery) return MembershipMessage::Query;
    return type == kMldReportOne ? MembershipMessage::Report : MembershipMessage::Other;
}

MembershipQuery read_query(const ParsedFrame& frame, const Address& own) {
    MembershipQuery query;
    query.fault = frame.kind == FrameKind::Igmp ? read_igmp(frame.payload, query)
                                                : read_mld(frame.payload, query);
    if (query.fault == QueryFault::None) query.fault = check_headers(frame, query, own);
    return query;
}

Address read_report_group(const ParsedFrame& frame) {
    const bool ipv4 = frame.kind == FrameKind::Igmp;
    const std::size_t group_at = ipv4 ? 4 : 8;
    if (frame.payload.size() < group_at + (ipv4 ? 4 : 16) || frame.hop_limit != 1) return {};
    const Address group =
        load_address(frame.payload.data() + group_at, ipv4 ? Family::Ipv4 : Family::Ipv6);
    return group.is_multicast() && frame.destination.address == group ? group : Address();
}

std::uint32_t decode_8(std::uint8_t code) {
    if (code < 0x80) return code;
    return ((std::uint32_t{code} & 0x0f) | 0x10) << (((code >> 4) & 7) + 3);
}

std::uint32_t decode_16(std::uint16_t code) {
    if (code < 0x8000) return code;
    return ((std::uint32_t{code} & 0x0fff) | 0x1000) << (((code >> 12) & 7) + 3);
}

}  // namespace mcast::dpdk
