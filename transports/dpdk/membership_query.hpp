#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "mcast/address.hpp"
#include "mcast/time.hpp"
#include "transports/dpdk/frame_parser.hpp"

namespace mcast::dpdk {

// The generations of group membership, counted as IGMP's; MLDv1 is IGMPv2 for IPv6 and MLDv2 is
// IGMPv3 (RFC 2710, RFC 3810).
enum class MembershipVersion : std::uint8_t { One = 1, Two = 2, Three = 3 };

// Why a query is not answered.
enum class QueryFault : std::uint8_t {
    None,
    Length,       // of no version, or shorter than its list of sources
    HopLimit,     // not 1: it may come from another network
    RouterAlert,  // MLD without it (RFC 3810, 6.2)
    Source,       // MLD from no link-local address (RFC 3810, 5.1.14)
    Destination,  // neither to all hosts, nor to the group it asks for, nor to us
    Group,        // asks for what is no group, or for all groups from some sources
    TooSoon,      // the same question again within kGeneralQueryGapMin
};
inline constexpr std::size_t kQueryFaultCount = 8;

[[nodiscard]] std::string_view to_string(QueryFault fault);  // "length", "hop-limit", …

// A querier's question, of IGMP or MLD.
struct MembershipQuery {
    QueryFault fault = QueryFault::None;
    MembershipVersion version = MembershipVersion::Three;
    Address group;                 // unspecified: which groups are there at all?
    Duration response_max{};       // an answer is wanted within this
    std::uint8_t robustness = 0;   // the querier's (QRV); 0: it does not say
    Duration interval{};           // between its general queries (QQI); 0: it does not say
    std::size_t source_count = 0;  // only these sources of the group are asked for, if any
    std::span<const std::byte> sources{};

    [[nodiscard]] bool is_general() const { return group.is_unspecified(); }
    [[nodiscard]] Address source(std::size_t index) const;
};

enum class MembershipMessage : std::uint8_t { Query, Report, Other };

// What an IGMP or ICMPv6 message says about groups: a query, or a report of version 1 or 2 by
// somebody else.
[[nodiscard]] MembershipMessage membership_message(const ParsedFrame& frame);
// Reads a query and checks it; `own` is our address on the link, to which queries may come, too.
[[nodiscard]] MembershipQuery read_query(const ParsedFrame& frame, const Address& own);
// The group of a report of version 1 or 2; no group at all if it is malformed.
[[nodiscard]] Address read_report_group(const ParsedFrame& frame);

// Codes of 8 and 16 bits that become floating point in their upper half (RFC 3376, 4.1.1 and
// 4.1.7; RFC 3810, 5.1.3).
[[nodiscard]] std::uint32_t decode_8(std::uint8_t code);
[[nodiscard]] std::uint32_t decode_16(std::uint16_t code);

}  // namespace mcast::dpdk
