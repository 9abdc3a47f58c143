#include "transports/dpdk/neighbour_message.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/transports/neighbour_frames.hpp"
#include "transports/dpdk/echo.hpp"
#include "transports/dpdk/frame_layout.hpp"

namespace mcast::dpdk {
namespace {

using test::address;
using test::answer;
using test::Bytes;
using test::hex;
using test::Link;
using test::question;
using test::to_hex;

// Neighbour discovery's message with its checksum right, from fe80::2 to this destination.
Bytes discovery(const char* message, const std::string& to = "fe80::1",
                const std::string& from = "fe80::2", std::uint8_t hop_limit = 255) {
    const ControlHeaders headers{
        .station = test::kThem,
        .destination_mac = address(to).is_multicast() ? multicast_mac(address(to)) : test::kUs.mac,
        .source = address(from),
        .destination = address(to),
        .protocol = kProtocolIcmpv6,
        .hop_limit = hop_limit};
    const Bytes bytes = hex(message);
    Bytes frame = test::joined(Bytes(headers.size()), bytes);
    write_control_frame(frame, headers, bytes.size());
    return frame;
}

NeighbourFault fault(const Bytes& frame) {
    const ParsedFrame parsed = parse_frame(frame, {});
    EXPECT_TRUE(parsed) << to_string(parsed.cause);
    const NeighbourMessage message = read_neighbour_message(parsed);
    EXPECT_NE(message.kind, NeighbourMessage::Kind::Other);
    return message.fault;
}

// All of these were captured from Linux.
TEST(NeighbourMessage, AsksAsLinuxAsks) {
    EXPECT_EQ(to_hex(question(test::kUs, "10.77.0.1", "10.77.0.9")),
              to_hex(hex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001"
                         "020000000001 0a4d0001 000000000000 0a4d0009")));
    EXPECT_EQ(to_hex(question(test::kUs, "fe80::ff:fe00:1", "fe80::9")),
              to_hex(hex("3333ff000009 020000000001 86dd 6000000000203aff"
                         "fe80000000000000000000fffe000001 ff0200000000000000000001ff000009"
                         "87007b89 00000000 fe800000000000000000000000000009"
                         "0101 020000000001")));
}

TEST(NeighbourMessage, AnswersAsLinuxAnswers) {
    EXPECT_EQ(to_hex(answer(test::kUs, "10.77.0.1", "10.77.0.2", test::kThem)),
              to_hex(hex("020000000002 020000000001 0806 0001 0800 06 04 0002"
                         "020000000001 0a4d0001 020000000002 0a4d0002")));
    EXPECT_EQ(to_hex(answer(test::kThem, "fe80::ff:fe00:2", "fe80::ff:fe00:1")),
              to_hex(hex("020000000001 020000000002 86dd 6000000000203aff"
                         "fe80000000000000000000fffe000002 fe80000000000000000000fffe000001"
                         "88001b1a 60000000 fe80000000000000000000fffe000002"
                         "0201 020000000002")));
}

TEST(NeighbourMessage, AnnouncesAsLinuxAnnounces) {
    EXPECT_EQ(to_hex(answer(test::kUs, "10.77.0.1")),
              to_hex(hex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001"
                         "020000000001 0a4d0001 000000000000 0a4d0001")));
    // RFC 4861, 7.2.6: to all nodes, not solicited.
    const Bytes six = answer(test::kUs, "fe80::1");
    EXPECT_EQ(to_hex(std::span(six).subspan(38, 16)), "ff020000000000000000000000000001");
    EXPECT_EQ(to_hex(std::span(six).subspan(58, 4)), "20000000");
}

TEST(NeighbourMessage, RefusesArpThatCannotBe) {
    const Bytes request = question(test::kThem, "10.77.0.2", "10.77.0.1");
    const auto changed = [&](std::size_t at, const char* bytes) {
        Bytes frame = request;
        const Bytes with = hex(bytes);
        std::copy(with.begin(), with.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
        return fault(frame);
    };
    EXPECT_EQ(fault(request), NeighbourFault::None);
    EXPECT_EQ(changed(28, "00000000"), NeighbourFault::None) << "a probe";
    for (const char* sender : {"e0000001", "ffffffff", "7f000001"})
        EXPECT_EQ(changed(28, sender), NeighbourFault::Sender) << sender;
    EXPECT_EQ(changed(22, "000000000000"), NeighbourFault::Sender);
    EXPECT_EQ(changed(22, "ffffffffffff"), NeighbourFault::Sender);
    EXPECT_EQ(changed(38, "efff0001"), NeighbourFault::Target);
    Bytes other = request;
    other[21] = std::byte{3};  // RARP
    EXPECT_EQ(read_neighbour_message(parse_frame(other, {})).kind, NeighbourMessage::Kind::Other);
}

TEST(NeighbourMessage, RefusesDiscoveryThatCannotBe) {
    const char* const solicit = "8700 0000 00000000 fe800000000000000000000000000001";
    EXPECT_EQ(fault(discovery(solicit)), NeighbourFault::None);
    EXPECT_EQ(fault(discovery(solicit, "fe80::1", "fe80::2", 254)), NeighbourFault::HopLimit);
    EXPECT_EQ(fault(discovery("8701 0000 00000000 fe800000000000000000000000000001")),
              NeighbourFault::Length);
    EXPECT_EQ(fault(discovery("8700 0000 00000000 fe80000000000000000000000000")),
              NeighbourFault::Length);
    EXPECT_EQ(fault(discovery("8700 0000 00000000 ff020000000000000000000000000001")),
              NeighbourFault::Target);
    for (const char* option : {"01", "0100 000000000000", "0102 020000000002", "0e00"})
        EXPECT_EQ(fault(discovery((std::string(solicit) + option).c_str())), NeighbourFault::Option)
            << option;
    EXPECT_EQ(fault(discovery((std::string(solicit) + "0e01 000000000000").c_str())),
              NeighbourFault::None)
        << "a nonce (RFC 3971)";
    EXPECT_EQ(fault(discovery((std::string(solicit) + "0101 030000000002").c_str())),
              NeighbourFault::Sender);
}

TEST(NeighbourMessage, RefusesDuplicateDetectionThatCannotBe) {
    const char* const solicit = "8700 0000 00000000 fe800000000000000000000000000001";
    EXPECT_EQ(fault(discovery(solicit, "ff02::1:ff00:1", "::")), NeighbourFault::None);
    EXPECT_EQ(fault(discovery(solicit, "fe80::1", "::")), NeighbourFault::Sender);
    EXPECT_EQ(fault(discovery((std::string(solicit) + "0101 020000000002").c_str(),
                              "ff02::1:ff00:1", "::")),
              NeighbourFault::Option);
    const char* const advertise = "8800 0000 60000000 fe800000000000000000000000000002";
    EXPECT_EQ(fault(discovery(advertise)), NeighbourFault::None);
    EXPECT_EQ(fault(discovery(advertise, "ff02::1")), NeighbourFault::Target);
}

TEST(NeighbourMessage, FaultsAreCountedByName) {
    Link link;
    link.hear(
        discovery("8700 0000 00000000 fe800000000000000000000000000001", "fe80::1", "fe80::2", 1));
    EXPECT_EQ(link.refused(NeighbourFault::HopLimit), 1u);
    EXPECT_EQ(link.neighbours.size(), 0u);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kNeighbourFaultCount; ++i)
        names.insert(to_string(static_cast<NeighbourFault>(i)));
    EXPECT_EQ(names.size(), kNeighbourFaultCount);
    EXPECT_EQ(to_string(NeighbourFault::Target), "target");
}

TEST(NeighbourMessage, SolicitedNodesGroup) {
    EXPECT_EQ(to_string(solicited_node(address("2001:db8::1234:5678"))), "ff02::1:ff34:5678");
}

Bytes ping(Family family, std::size_t size, std::uint8_t type = 0) {
    const bool ipv4 = family == Family::Ipv4;
    const ControlHeaders headers{.station = test::kThem,
                                 .destination_mac = test::kUs.mac,
                                 .source = address(ipv4 ? "10.77.0.2" : "fe80::2"),
                                 .destination = address(ipv4 ? "10.77.0.1" : "fe80::1"),
                                 .protocol = ipv4 ? kProtocolIcmp : kProtocolIcmpv6,
                                 .hop_limit = 64};
    Bytes frame(headers.size() + size, std::byte{0x5a});
    frame[headers.size()] = std::byte{type != 0 ? type
                                      : ipv4    ? std::uint8_t{8}
                                                : std::uint8_t{128}};
    frame[headers.size() + 1] = std::byte{0};
    write_control_frame(frame, headers, size);
    return frame;
}

TEST(EchoResponder, SendsBackWhatCame) {
    for (const Family family : {Family::Ipv4, Family::Ipv6}) {
        EchoResponder echo(test::kUs);
        const Bytes request = ping(family, 64);
        const ParsedFrame parsed = parse_frame(request, {});
        ASSERT_TRUE(EchoResponder::is_request(parsed));
        Bytes frame(1514);
        frame.resize(echo.write_reply(Instant(), parsed, frame));
        const ParsedFrame reply = parse_frame(frame, {.mac = test::kThem.mac});
        ASSERT_TRUE(reply) << to_string(reply.cause);
        EXPECT_EQ(reply.source.address, parsed.destination.address);
        EXPECT_EQ(reply.destination.address, parsed.source.address);
        EXPECT_EQ(to_hex(reply.payload.first(2)), family == Family::Ipv4 ? "0000" : "8100");
        EXPECT_EQ(to_hex(reply.payload.subspan(4)), to_hex(parsed.payload.subspan(4)));
        EXPECT_FALSE(EchoResponder::is_request(reply));
    }
    EXPECT_FALSE(EchoResponder::is_request(parse_frame(ping(Family::Ipv4, 64, 13), {})));
}

TEST(EchoResponder, DoesNotAnswerFloodsNorGiants) {
    EchoResponder echo(test::kUs);
    const Bytes request = ping(Family::Ipv4, 64);
    const ParsedFrame parsed = parse_frame(request, {});
    Bytes frame(1514);
    std::size_t answered = 0;
    for (int i = 0; i < 1000; ++i)
        answered += echo.write_reply(Instant(std::chrono::hours(1)), parsed, frame) > 0 ? 1 : 0;
    EXPECT_EQ(answered, kEchoBurst);
    EXPECT_EQ(echo.answered(), kEchoBurst);
    EXPECT_EQ(echo.dropped(), 1000u - kEchoBurst);
    const Bytes giant = ping(Family::Ipv4, 4000);
    EXPECT_EQ(EchoResponder(test::kUs).write_reply(Instant(), parse_frame(giant, {}), frame), 0u);
}

}  // namespace
}  // namespace mcast::dpdk
