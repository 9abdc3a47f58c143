#include "transports/dpdk/neighbour_message.hpp"

#include <array>
#include <cstring>

#include "mcast/assert.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/membership_report.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

constexpr std::uint8_t kSolicitation = 135;
constexpr std::uint8_t kAdvertisement = 136;
constexpr std::size_t kMessageSize = 24;  // of both: header, flags, target
constexpr std::size_t kTargetAt = 8;
constexpr std::uint8_t kSourceOption = 1;
constexpr std::uint8_t kTargetOption = 2;
constexpr std::size_t kOptionSize = 8;
constexpr std::uint8_t kSolicitedFlag = 0x40;
constexpr std::uint8_t kOverrideFlag = 0x20;
constexpr std::uint8_t kHopLimit = 255;
constexpr std::uint16_t kArpRequest = 1;
constexpr std::uint16_t kArpReply = 2;

Address load_ipv4(const std::byte* at) {
    return Address::ipv4(load_8(at), load_8(at + 1), load_8(at + 2), load_8(at + 3));
}

Address load_ipv6(const std::byte* at) {
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), at, bytes.size());
    return Address::ipv6(bytes);
}

void copy(const Address& address, std::byte* to) {
    std::memcpy(to, address.bytes().data(), address.bytes().size());
}

bool is_station(const Address& address) {
    return !address.is_unspecified() && !address.is_multicast() &&
           !address.is_limited_broadcast() && !address.is_loopback();
}

NeighbourMessage read_arp(std::span<const std::byte> packet) {
    NeighbourMessage message;
    const std::uint16_t operation = load_16(packet.data() + 6);
    if (operation != kArpRequest && operation != kArpReply) return message;
    message.kind = operation == kArpRequest ? NeighbourMessage::Kind::Question
                                            : NeighbourMessage::Kind::Answer;
    message.mac = MacAddress::load(packet.data() + 8);
    message.claimed = load_ipv4(packet.data() + 14);
    message.asked_for = load_ipv4(packet.data() + 24);
    message.solicited = true;
    const bool probe = message.claimed.is_unspecified();  // RFC 5227, 1.1
    if (message.mac.is_group() || message.mac.is_zero() || (!probe && !is_station(message.claimed)))
        message.fault = NeighbourFault::Sender;
    else if (message.kind == NeighbourMessage::Kind::Question && !is_station(message.asked_for))
        message.fault = NeighbourFault::Target;
    return message;
}

// The MAC in the option of this type, zero if there is none.
NeighbourFault read_options(std::span<const std::byte> options, std::uint8_t type,
                            MacAddress& mac) {
    while (!options.empty()) {
        if (options.size() < 2) return NeighbourFault::Option;
        const std::size_t size = std::size_t{load_8(options.data() + 1)} * 8;
        if (size == 0 || size > options.size()) return NeighbourFault::Option;
        if (load_8(options.data()) == type) mac = MacAddress::load(options.data() + 2);
        options = options.subspan(size);
    }
    return mac.is_group() ? NeighbourFault::Sender : NeighbourFault::None;
}

// RFC 4861, 7.1.1 and 7.1.2.
NeighbourFault read_discovery(const ParsedFrame& frame, NeighbourMessage& message) {
    const std::span<const std::byte> bytes = frame.payload;
    if (frame.hop_limit != kHopLimit) return NeighbourFault::HopLimit;
    if (bytes.size() < kMessageSize || load_8(bytes.data() + 1) != 0) return NeighbourFault::Length;
    const Address target = load_ipv6(bytes.data() + kTargetAt);
    if (!is_station(target)) return NeighbourFault::Target;
    const bool question = message.kind == NeighbourMessage::Kind::Question;
    const NeighbourFault fault = read_options(
        bytes.subspan(kMessageSize), question ? kSourceOption : kTargetOption, message.mac);
    if (fault != NeighbourFault::None) return fault;
    if (question) {
        message.asked_for = target;
        message.claimed = frame.source.address;
        if (!message.claimed.is_unspecified()) return NeighbourFault::None;
        // Somebody wants to know whether the address is free (RFC 4862, 5.4).
        if (!message.mac.is_zero()) return NeighbourFault::Option;
        return frame.destination.address == solicited_node(target) ? NeighbourFault::None
                                                                   : NeighbourFault::Sender;
    }
    const std::uint8_t flags = load_8(bytes.data() + 4);
    message.claimed = target;
    message.solicited = (flags & kSolicitedFlag) != 0;
    message.overrides = (flags & kOverrideFlag) != 0;
    return message.solicited && frame.destination.address.is_multicast() ? NeighbourFault::Target
                                                                         : NeighbourFault::None;
}

std::size_t write_arp(std::span<std::byte> frame, const Station& station, std::uint16_t operation,
                      const Address& own, const MacAddress& target_mac, const Address& target,
                      const MacAddress& destination) {
    MCAST_ASSERT(frame.size() >= kControlFrameMin, "a frame has room for ARP");
    const std::size_t at = write_ethernet(frame.data(), station, destination, kEtherTypeArp);
    std::byte* packet = frame.data() + at;
    std::memset(packet, 0, kArpSize);
    store_16(packet, 1);  // Ethernet
    store_16(packet + 2, kEtherTypeIpv4);
    store_8(packet + 4, 6);
    store_8(packet + 5, 4);
    store_16(packet + 6, operation);
    station.mac.store(packet + 8);
    copy(own, packet + 14);
    target_mac.store(packet + 18);
    copy(target, packet + 24);
    return at + kArpSize;
}

struct Discovery {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    Address target;
    std::uint8_t option = 0;
};

std::size_t write_discovery(std::span<std::byte> frame, const ControlHeaders& headers,
                            const Discovery& discovery) {
    MCAST_ASSERT(frame.size() >= kControlFrameMin, "a frame has room for a neighbour's message");
    std::byte* message = frame.data() + headers.size();
    std::memset(message, 0, kMessageSize + kOptionSize);
    store_8(message, discovery.type);
    store_8(message + 4, discovery.flags);
    copy(discovery.target, message + kTargetAt);
    store_8(message + kMessageSize, discovery.option);
    store_8(message + kMessageSize + 1, 1);  // in units of 8 bytes
    headers.station.mac.store(message + kMessageSize + 2);
    return write_control_frame(frame, headers, kMessageSize + kOptionSize);
}

}  // namespace

std::string_view to_string(NeighbourFault fault) {
    static constexpr std::array<std::string_view, kNeighbourFaultCount> kNames{
        "none", "hop-limit", "length", "option", "sender", "target"};
    return kNames[static_cast<std::size_t>(fault)];
}

NeighbourMessage read_neighbour_message(const ParsedFrame& frame) {
    if (frame.kind == FrameKind::Arp) return read_arp(frame.payload);
    NeighbourMessage message;
    if (frame.kind != FrameKind::Icmpv6) return message;
    const std::uint8_t type = load_8(frame.payload.data());
    if (type == kSolicitation)
        message.kind = NeighbourMessage::Kind::Question;
    else if (type == kAdvertisement)
        message.kind = NeighbourMessage::Kind::Answer;
    else
        return message;
    message.fault = read_discovery(frame, message);
    return message;
}

std::size_t write_question(std::span<std::byte> frame, const Station& station,
                           const NeighbourQuestion& question) {
    const bool everybody = question.to.is_zero();
    if (question.asked_for.family() == Family::Ipv4)
        return write_arp(frame, station, kArpRequest, question.own, {}, question.asked_for,
                         everybody ? kBroadcastMac : question.to);
    const Address group = solicited_node(question.asked_for);
    return write_discovery(frame,
                           {.station = station,
                            .destination_mac = everybody ? multicast_mac(group) : question.to,
                            .source = question.own,
                            .destination = everybody ? group : question.asked_for,
                            .protocol = kProtocolIcmpv6,
                            .hop_limit = kHopLimit},
                           {kSolicitation, 0, question.asked_for, kSourceOption});
}

std::size_t write_answer(std::span<std::byte> frame, const Station& station,
                         const NeighbourAnswer& answer) {
    const bool everybody = answer.to.is_unspecified();
    if (answer.own.family() == Family::Ipv4) {
        // To a probe, which has no address, the answer goes to the one station that sent it.
        if (!answer.to_mac.is_zero())
            return write_arp(frame, station, kArpReply, answer.own, answer.to_mac, answer.to,
                             answer.to_mac);
        // A request for oneself: what everybody understands as an announcement.
        return write_arp(frame, station, kArpRequest, answer.own, {}, answer.own, kBroadcastMac);
    }
    const Address to = everybody ? all_hosts(Family::Ipv6) : answer.to;
    const std::uint8_t solicited = everybody ? 0 : kSolicitedFlag;
    return write_discovery(frame,
                           {.station = station,
                            .destination_mac = everybody ? multicast_mac(to) : answer.to_mac,
                            .source = answer.own,
                            .destination = to,
                            .protocol = kProtocolIcmpv6,
                            .hop_limit = kHopLimit},
                           {kAdvertisement, static_cast<std::uint8_t>(solicited | kOverrideFlag),
                            answer.own, kTargetOption});
}

Address solicited_node(const Address& address) {
    MCAST_ASSERT(address.family() == Family::Ipv6, "only IPv6 asks groups for a neighbour");
    std::array<std::uint8_t, 16> bytes{0xff, 0x02};
    bytes[11] = 0x01;
    bytes[12] = 0xff;
    std::memcpy(&bytes[13], address.bytes().data() + 13, 3);
    return Address::ipv6(bytes);
}

}  // namespace mcast::dpdk
