#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "mcast/address.hpp"
#include "transports/dpdk/control_frame.hpp"
#include "transports/dpdk/frame_parser.hpp"
#include "transports/dpdk/mac_address.hpp"

namespace mcast::dpdk {

// Why a message about neighbours is not believed.
enum class NeighbourFault : std::uint8_t {
    None,
    HopLimit,  // not 255: it may come from another network (RFC 4861, 7.1)
    Length,    // shorter than its fields, or a code that there is not
    Option,    // of no length, beyond the message, or where it may not be
    Sender,    // says that a group, or everybody, is at a station
    Target,    // asks for a group, or for nobody
};
inline constexpr std::size_t kNeighbourFaultCount = 6;

[[nodiscard]] std::string_view to_string(NeighbourFault fault);  // "hop-limit", "length", …

// ARP (RFC 826) and neighbour discovery (RFC 4861) in the same words.
struct NeighbourMessage {
    enum class Kind : std::uint8_t { Other, Question, Answer };
    Kind kind = Kind::Other;
    NeighbourFault fault = NeighbourFault::None;
    Address asked_for;       // Question: whose MAC is wanted
    Address claimed;         // who is at `mac`; unspecified: the sender has no address yet
    MacAddress mac;          // zero: it does not say
    bool solicited = false;  // Answer: somebody asked for it
    bool overrides = true;   // Answer: it counts against what was known
};

[[nodiscard]] NeighbourMessage read_neighbour_message(const ParsedFrame& frame);

// Who asks whom for what. ARP for IPv4, neighbour discovery for IPv6; both return the frame's size.
struct NeighbourQuestion {
    Address own;        // ours; for IPv4 also unspecified
    Address asked_for;  // of the same family
    MacAddress to;      // a known MAC that is to be confirmed; zero: everybody is asked
};
std::size_t write_question(std::span<std::byte> frame, const Station& station,
                           const NeighbourQuestion& question);

// `own` is at our station: to one neighbour, or with an unspecified `to` to everybody (a gratuitous
// ARP, RFC 5227, 3; an unsolicited advertisement, RFC 4861, 7.2.6).
struct NeighbourAnswer {
    Address own;
    Address to;
    MacAddress to_mac;
};
std::size_t write_answer(std::span<std::byte> frame, const Station& station,
                         const NeighbourAnswer& answer);

// Where questions for an IPv6 address go (RFC 4291, 2.7.1): a group to be joined for each of ours.
[[nodiscard]] Address solicited_node(const Address& address);

}  // namespace mcast::dpdk
