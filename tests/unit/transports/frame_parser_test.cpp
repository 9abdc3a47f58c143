#include "transports/dpdk/frame_parser.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <set>

#include "base/random.hpp"
#include "tests/unit/transports/frame_bytes.hpp"
#include "tests/unit/wire/guarded_bytes.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

using test::address;
using test::Bytes;
using test::hex;
using test::joined;
using test::with_checksum;
using test::with_ipv4_checksum;

// "hello" from 10.77.0.1:40000 to 239.1.1.1:5001, as Linux put it on a veth pair.
const Bytes kUdp4 =
    hex("01005e010101 020000000001 0800"
        "45000021 50944000 01112ee8 0a4d0001 ef010101"
        "9c40 1389 000d 11e8 68656c6c6f");

// Ethernet, IPv6, UDP: 4 bytes from fe80::1 to ff02::5.
Bytes udp6(const Bytes& payload = hex("01020304")) {
    const auto size = static_cast<std::uint8_t>(payload.size() + 8);
    Bytes frame = joined(hex("333300000005 020000000001 86dd 60000000 0000 11 01"
                             "fe800000000000000000000000000001 ff020000000000000000000000000005"
                             "1d00 1d01 0000 0000"),
                         payload);
    store_16(&frame[18], size);
    store_16(&frame[58], size);
    return with_checksum(
        frame, 54, 6,
        InternetSum().add_pseudo_header(address("fe80::1"), address("ff02::5"), 17).add(size));
}

// The same with something between the IPv6 header and what it carried.
Bytes with_extension(Bytes frame, std::uint8_t type, const Bytes& extension) {
    frame[20] = std::byte{type};
    store_16(&frame[18], static_cast<std::uint16_t>(load_16(&frame[18]) + extension.size()));
    frame.insert(frame.begin() + 54, extension.begin(), extension.end());
    return frame;
}

Bytes with_tag(Bytes frame, const Bytes& tag) {
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    return frame;
}

Bytes changed(Bytes frame, std::size_t at, const Bytes& bytes) {
    std::copy(bytes.begin(), bytes.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
    return frame;
}

// With options in its IPv4 header.
Bytes with_options(Bytes frame, const Bytes& options) {
    frame.insert(frame.begin() + 34, options.begin(), options.end());
    frame[14] = static_cast<std::byte>(0x45 + options.size() / 4);
    store_16(&frame[16], static_cast<std::uint16_t>(load_16(&frame[16]) + options.size()));
    return with_ipv4_checksum(frame);
}

ParsedFrame parse(const Bytes& frame, const FrameFilter& filter = {},
                  const DeviceVerdict& device = {}) {
    static wire::test::GuardedBytes guarded;
    return parse_frame(guarded.hold(frame), filter, device);
}

DropCause cause(const Bytes& frame, const FrameFilter& filter = {},
                const DeviceVerdict& device = {}) {
    return parse(frame, filter, device).cause;
}

TEST(FrameParser, ReadsADatagramOverIpv4) {
    const Bytes frame = with_ipv4_checksum(kUdp4);
    const ParsedFrame parsed = parse(frame);
    ASSERT_EQ(parsed.kind, FrameKind::Udp) << to_string(parsed.cause);
    EXPECT_EQ(to_string(parsed.source), "10.77.0.1:40000");
    EXPECT_EQ(to_string(parsed.destination), "239.1.1.1:5001");
    EXPECT_EQ(to_string(parsed.source_mac), "02:00:00:00:00:01");
    EXPECT_EQ(parsed.destination_mac, multicast_mac(address("239.1.1.1")));
    EXPECT_EQ(parsed.hop_limit, 1);
    EXPECT_EQ(test::to_hex(parsed.payload), "68656c6c6f");
}

TEST(FrameParser, ReadsADatagramOverIpv6) {
    const ParsedFrame parsed = parse(udp6());
    ASSERT_EQ(parsed.kind, FrameKind::Udp) << to_string(parsed.cause);
    EXPECT_EQ(to_string(parsed.source), "[fe80::1]:7424");
    EXPECT_EQ(to_string(parsed.destination), "[ff02::5]:7425");
    EXPECT_EQ(test::to_hex(parsed.payload), "01020304");
    EXPECT_FALSE(parsed.router_alert);
}

TEST(FrameParser, LeavesOutThePaddingOfShortFrames) {
    EXPECT_EQ(parse(joined(kUdp4, Bytes(13))).payload.size(), 5u);
    EXPECT_EQ(parse(joined(udp6(), Bytes(2))).payload.size(), 4u);
}

TEST(FrameParser, NoTruncationIsTakenForAWhole) {
    for (const Bytes& frame : {kUdp4, udp6(), with_tag(kUdp4, hex("8100 0007"))})
        for (std::size_t size = 0; size < frame.size(); ++size) {
            const FrameFilter filter{.vlan = frame[12] == std::byte{0x81}
                                                 ? std::optional<std::uint16_t>(7)
                                                 : std::nullopt};
            EXPECT_EQ(parse(Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)),
                            filter)
                          .kind,
                      FrameKind::Dropped)
                << size;
        }
}

TEST(FrameParser, KeepsToItsVlan) {
    const Bytes tagged = with_tag(kUdp4, hex("8100 6007"));
    EXPECT_EQ(parse(tagged, {.vlan = 7}).payload.size(), 5u);
    EXPECT_EQ(cause(tagged, {.vlan = 8}), DropCause::OtherVlan);
    EXPECT_EQ(cause(tagged), DropCause::OtherVlan);
    EXPECT_EQ(cause(kUdp4, {.vlan = 7}), DropCause::OtherVlan);
    EXPECT_EQ(cause(with_tag(kUdp4, hex("8100 6000"))), DropCause::None) << "a priority only";
    EXPECT_EQ(cause(kUdp4, {.vlan = 7}, {.tag = 0x6007}), DropCause::None);
    EXPECT_EQ(cause(kUdp4, {}, {.tag = 0x6007}), DropCause::OtherVlan);
}

TEST(FrameParser, RefusesMoreThanOneTag) {
    const Bytes tagged = with_tag(kUdp4, hex("8100 0007"));
    EXPECT_EQ(cause(with_tag(tagged, hex("8100 0007")), {.vlan = 7}), DropCause::NestedVlan);
    EXPECT_EQ(cause(with_tag(kUdp4, hex("88a8 0007")), {.vlan = 7}), DropCause::NestedVlan);
    EXPECT_EQ(cause(tagged, {.vlan = 7}, {.tag = 7}), DropCause::NestedVlan);
}

TEST(FrameParser, KeepsToItsStation) {
    const FrameFilter filter{.mac = MacAddress::parse("02:00:00:00:00:09")};
    EXPECT_EQ(cause(kUdp4, filter), DropCause::None) << "a group's";
    EXPECT_EQ(cause(changed(kUdp4, 0, hex("ffffffffffff")), filter), DropCause::None);
    EXPECT_EQ(cause(changed(kUdp4, 0, hex("020000000009")), filter), DropCause::None);
    EXPECT_EQ(cause(changed(kUdp4, 0, hex("020000000008")), filter), DropCause::OtherMac);
    EXPECT_EQ(cause(changed(kUdp4, 6, hex("01005e010101"))), DropCause::BadSourceMac);
    EXPECT_EQ(cause(changed(kUdp4, 6, Bytes(6))), DropCause::BadSourceMac);
}

TEST(FrameParser, ChecksTheIpv4Header) {
    EXPECT_EQ(cause(changed(kUdp4, 14, hex("55"))), DropCause::Ipv4Header);
    EXPECT_EQ(cause(changed(kUdp4, 14, hex("44"))), DropCause::Ipv4Header);
    EXPECT_EQ(cause(changed(kUdp4, 14, hex("4f"))), DropCause::Ipv4Header) << "60 bytes of 33";
    EXPECT_EQ(cause(changed(kUdp4, 16, hex("0022"))), DropCause::Ipv4Length) << "pitfall: cut";
    EXPECT_EQ(cause(changed(kUdp4, 16, hex("0013"))), DropCause::Ipv4Length);
    EXPECT_EQ(cause(changed(kUdp4, 22, hex("02"))), DropCause::Ipv4Checksum);
    EXPECT_EQ(cause(changed(kUdp4, 22, hex("02")), {}, {.ipv4_checksum_good = true}),
              DropCause::None);
    for (const char* fragment : {"2000", "6000", "0001", "4001", "3fff"})
        EXPECT_EQ(cause(with_ipv4_checksum(changed(kUdp4, 20, hex(fragment)))),
                  DropCause::Ipv4Fragment)
            << fragment;
}

TEST(FrameParser, SkipsIpv4Options) {
    const ParsedFrame alert = parse(with_options(kUdp4, hex("94040000")));
    EXPECT_EQ(alert.payload.size(), 5u);
    EXPECT_TRUE(alert.router_alert);
    const ParsedFrame padded = parse(with_options(kUdp4, hex("01010100")));
    EXPECT_EQ(padded.payload.size(), 5u);
    EXPECT_FALSE(padded.router_alert);
    for (const char* bad : {"94050000", "94010000", "01010194", "83040400", "89040400"})
        EXPECT_EQ(cause(with_options(kUdp4, hex(bad))), DropCause::Ipv4Options) << bad;
    EXPECT_EQ(cause(with_options(kUdp4, hex("00949494"))), DropCause::None) << "after the end";
}

TEST(FrameParser, ChecksTheIpv6Header) {
    EXPECT_EQ(cause(changed(udp6(), 14, hex("40"))), DropCause::Ipv6Header);
    EXPECT_EQ(cause(changed(udp6(), 18, hex("000d"))), DropCause::Ipv6Length);
    EXPECT_EQ(cause(changed(udp6(), 18, hex("0000"))), DropCause::Ipv6Length) << "a jumbogram";
    const Bytes fragment = hex("1100000000000001");
    EXPECT_EQ(cause(with_extension(udp6(), 44, fragment)), DropCause::Ipv6Fragment);
    for (const std::uint8_t type : std::initializer_list<std::uint8_t>{43, 50, 51, 60})
        EXPECT_EQ(cause(with_extension(udp6(), type, hex("1100010400000000"))),
                  DropCause::Ipv6Extension);
    EXPECT_EQ(cause(with_extension(udp6(), 59, Bytes(8))), DropCause::Protocol);
}

TEST(FrameParser, SkipsAHopByHopHeader) {
    const ParsedFrame parsed = parse(with_extension(udp6(), 0, hex("1100 05020000 0100")));
    EXPECT_EQ(parsed.payload.size(), 4u) << to_string(parsed.cause);
    EXPECT_TRUE(parsed.router_alert);
    EXPECT_EQ(cause(with_extension(udp6(), 0, hex("1101 010c 000000000000000000000000"))),
              DropCause::None);
    const Bytes twice = with_extension(udp6(), 0, hex("1100 010400000000"));
    EXPECT_EQ(cause(with_extension(twice, 0, hex("0000 010400000000"))), DropCause::Ipv6Extension);
    for (const char* bad : {"1109 010400000000",   // longer than the packet
                            "1100 010500000000",   // an option beyond its header
                            "1100 000000000001",   // one without its length
                            "1100 c20400000000"})  // a jumbogram, or else what asks to drop
        EXPECT_EQ(cause(with_extension(udp6(), 0, hex(bad))), DropCause::Ipv6HopByHop) << bad;
}

TEST(FrameParser, ChecksTheLengthOfADatagram) {
    EXPECT_EQ(cause(changed(kUdp4, 38, hex("000e"))), DropCause::UdpLength) << "beyond the packet";
    EXPECT_EQ(cause(changed(kUdp4, 38, hex("ffff"))), DropCause::UdpLength);
    EXPECT_EQ(cause(changed(kUdp4, 38, hex("0007"))), DropCause::UdpLength);
    const Bytes bare = with_ipv4_checksum(changed(kUdp4, 16, hex("001b")));
    EXPECT_EQ(cause(bare), DropCause::UdpLength) << "7 bytes of header";
    Bytes shorter = changed(kUdp4, 38, hex("000c 0000"));
    EXPECT_EQ(parse(shorter).payload.size(), 4u) << "shorter than the packet is legal";
}

TEST(FrameParser, ChecksTheChecksumOfADatagram) {
    const Bytes wrong = changed(kUdp4, 42, hex("69"));
    EXPECT_EQ(cause(wrong), DropCause::UdpChecksum);
    EXPECT_EQ(cause(wrong, {.verify_udp_checksum = false}), DropCause::None);
    EXPECT_EQ(cause(wrong, {}, {.udp_checksum_good = true}), DropCause::None);
    EXPECT_EQ(cause(changed(kUdp4, 40, hex("0000"))), DropCause::None) << "none, in IPv4";
    EXPECT_EQ(cause(changed(udp6(), 63, hex("05"))), DropCause::UdpChecksum);
    EXPECT_EQ(cause(changed(udp6(), 60, hex("0000"))), DropCause::UdpChecksumMissing);
    // Odd payloads end in half a word.
    EXPECT_EQ(cause(udp6(hex("0102030405"))), DropCause::None);
    EXPECT_EQ(cause(changed(udp6(hex("0102030405")), 66, hex("06"))), DropCause::UdpChecksum);
}

TEST(FrameParser, RefusesSourcesThatNobodyHas) {
    for (const char* source : {"00000000", "e0000001", "ffffffff", "7f000001"})
        EXPECT_EQ(cause(with_ipv4_checksum(changed(kUdp4, 26, hex(source)))), DropCause::BadSource)
            << source;
    for (const char* source :
         {"00000000000000000000000000000000", "ff020000000000000000000000000001",
          "00000000000000000000000000000001"})
        EXPECT_EQ(cause(changed(udp6(), 22, hex(source))), DropCause::BadSource) << source;
}

TEST(FrameParser, ReadsArp) {
    const Bytes request =
        hex("ffffffffffff 020000000001 0806 0001 0800 06 04 0001"
            "020000000001 0a4d0001 000000000000 0a4d0002");
    const ParsedFrame parsed = parse(joined(request, Bytes(18)));
    EXPECT_EQ(parsed.kind, FrameKind::Arp);
    EXPECT_EQ(parsed.payload.size(), kArpSize);
    for (const auto& [at, bytes] : {std::pair(14, "0006"), {16, "86dd"}, {18, "08"}, {19, "06"}})
        EXPECT_EQ(cause(changed(request, static_cast<std::size_t>(at), hex(bytes))),
                  DropCause::ArpMalformed)
            << at;
    EXPECT_EQ(cause(Bytes(request.begin(), request.end() - 1)), DropCause::ArpMalformed);
}

TEST(FrameParser, ReadsControlMessages) {
    const Bytes igmp = with_ipv4_checksum(
        hex("01005e000001 020000000001 0800 45c0001c 00000000 0102 0000 00000000 e0000001"
            "1164 ee9b 00000000"));
    EXPECT_EQ(parse(igmp).kind, FrameKind::Igmp) << "from nobody, as bridges ask";
    EXPECT_EQ(parse(igmp).payload.size(), 8u);
    EXPECT_EQ(cause(changed(igmp, 36, hex("ee9c"))), DropCause::ControlChecksum);
    const Bytes icmp = with_ipv4_checksum(changed(igmp, 23, hex("01")));
    EXPECT_EQ(parse(icmp).kind, FrameKind::Icmp);
    EXPECT_EQ(cause(with_ipv4_checksum(changed(igmp, 23, hex("06")))), DropCause::Protocol);
    EXPECT_EQ(cause(with_ipv4_checksum(changed(igmp, 23, hex("3a")))), DropCause::Protocol);
    EXPECT_EQ(cause(with_ipv4_checksum(changed(igmp, 16, hex("001b")))), DropCause::ControlLength);

    const InternetSum pseudo =
        InternetSum().add_pseudo_header(address("fe80::1"), address("ff02::5"), 58).add(12);
    const Bytes icmpv6 = with_checksum(changed(udp6(), 20, hex("3a")), 54, 2, pseudo);
    EXPECT_EQ(parse(icmpv6).kind, FrameKind::Icmpv6);
    EXPECT_EQ(cause(changed(icmpv6, 60, hex("77"))), DropCause::ControlChecksum);
    EXPECT_EQ(cause(changed(icmpv6, 20, hex("01"))), DropCause::Protocol) << "ICMP in IPv6";
}

TEST(FrameParser, RefusesOtherProtocols) {
    EXPECT_EQ(cause(changed(kUdp4, 12, hex("88cc"))), DropCause::EtherType);
    EXPECT_EQ(cause(changed(kUdp4, 12, hex("0021"))), DropCause::EtherType)
        << "802.3 with a length";
}

TEST(FrameParser, GarbageNeverLeadsOutOfTheFrame) {
    Random random(7);
    for (int round = 0; round < 20000; ++round) {
        Bytes frame = random.chance(0.5) ? kUdp4 : udp6();
        frame.resize(random.between(0, frame.size()));
        for (int flips = 0; flips < 4 && !frame.empty(); ++flips)
            frame[random.below(frame.size())] = static_cast<std::byte>(random.next());
        static wire::test::GuardedBytes guarded;
        const auto held = guarded.hold(frame);
        const ParsedFrame parsed =
            parse_frame(held, {.verify_udp_checksum = false}, {.ipv4_checksum_good = true});
        if (!parsed) continue;
        EXPECT_LE(parsed.payload.data() + parsed.payload.size(), held.data() + held.size());
    }
}

TEST(DropCause, HasANameEachAndIsCounted) {
    std::set<std::string_view> names;
    DropCounters counters;
    for (std::size_t i = 0; i < kDropCauseCount; ++i) {
        names.insert(to_string(static_cast<DropCause>(i)));
        counters.count(static_cast<DropCause>(i));
    }
    EXPECT_EQ(names.size(), kDropCauseCount);
    EXPECT_FALSE(names.contains(""));
    EXPECT_EQ(to_string(DropCause::ControlChecksum), "control-checksum") << "the last one";
    EXPECT_EQ(counters.total(), kDropCauseCount);
    EXPECT_EQ(counters[DropCause::UdpLength], 1u);
}

}  // namespace
}  // namespace mcast::dpdk
