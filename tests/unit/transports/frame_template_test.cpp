#include "transports/dpdk/frame_template.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"
#include "tests/unit/transports/frame_bytes.hpp"
#include "transports/dpdk/frame_parser.hpp"

namespace mcast::dpdk {
namespace {

using test::address;
using test::Bytes;
using test::hex;
using test::joined;
using test::to_hex;

const MacAddress kOurs = MacAddress::parse("02:00:00:00:00:01").value();

UdpPath path4() {
    return {.source_mac = kOurs,
            .destination_mac = multicast_mac(address("239.1.1.1")),
            .tag = std::nullopt,
            .source = {address("10.77.0.1"), 40000},
            .destination = {address("239.1.1.1"), 5001}};
}

UdpPath path6() {
    return {.source_mac = kOurs,
            .destination_mac = multicast_mac(address("ff02::5")),
            .tag = std::nullopt,
            .source = {address("fe80::1"), 7424},
            .destination = {address("ff02::5"), 7425}};
}

// A whole frame with this payload.
Bytes frame_of(const UdpPath& path, const Bytes& payload, UdpChecksum mode = UdpChecksum::Software,
               std::uint16_t identification = 0) {
    const FrameTemplate headers(path);
    Bytes frame = joined(Bytes(headers.header_size()), payload);
    headers.write(frame, identification, mode);
    return frame;
}

TEST(FrameTemplate, WritesADatagramOverIpv4) {
    EXPECT_EQ(to_hex(frame_of(path4(), hex("68656c6c6f"), UdpChecksum::Software, 0x5094)),
              to_hex(hex("01005e010101 020000000001 0800"
                         "45000021 50944000 01112ee8 0a4d0001 ef010101"
                         "9c40 1389 000d 11e8 68656c6c6f")));
}

TEST(FrameTemplate, WritesADatagramOverIpv6) {
    UdpPath path = path6();
    path.traffic_class = 0xb8;
    path.hop_limit = 255;
    const Bytes frame = frame_of(path, hex("01020304"));
    EXPECT_EQ(to_hex(std::span(frame).first(60)),
              to_hex(hex("333300000005 020000000001 86dd 6b800000 000c 11 ff"
                         "fe800000000000000000000000000001 ff020000000000000000000000000005"
                         "1d00 1d01 000c")));
    EXPECT_EQ(parse_frame(frame, {}).cause, DropCause::None);
}

TEST(FrameTemplate, IsReadAgainAsItWasWritten) {
    Random random(1);
    for (int round = 0; round < 500; ++round) {
        UdpPath path = random.chance(0.5) ? path4() : path6();
        const bool tagged = random.chance(0.5);
        if (tagged) path.tag = std::uint16_t{0x6007};
        path.source.port = static_cast<std::uint16_t>(random.next());
        path.destination.port = static_cast<std::uint16_t>(random.next());
        path.hop_limit = static_cast<std::uint8_t>(random.next());
        Bytes payload(random.below(1473));
        for (std::byte& byte : payload)
            byte = static_cast<std::byte>(random.next());
        const Bytes frame =
            frame_of(path, payload, UdpChecksum::Software, static_cast<std::uint16_t>(round));
        FrameFilter filter;
        if (tagged) filter.vlan = 7;
        const ParsedFrame parsed = parse_frame(frame, filter);
        ASSERT_EQ(parsed.kind, FrameKind::Udp) << to_string(parsed.cause) << " " << round;
        ASSERT_EQ(parsed.source, path.source);
        ASSERT_EQ(parsed.destination, path.destination);
        ASSERT_EQ(parsed.source_mac, path.source_mac);
        ASSERT_EQ(parsed.destination_mac, path.destination_mac);
        ASSERT_EQ(parsed.hop_limit, path.hop_limit);
        ASSERT_EQ(to_hex(parsed.payload), to_hex(payload));
    }
}

TEST(FrameTemplate, NeverWritesAZeroForAChecksum) {
    // Of all values of one word, one makes the sum 0xffff and its complement zero.
    int inverted = 0;
    for (const UdpPath& path : {path4(), path6()})
        for (unsigned word = 0; word < 0x10000; ++word) {
            Bytes payload(2);
            payload[0] = static_cast<std::byte>(word >> 8);
            payload[1] = static_cast<std::byte>(word & 0xff);
            const Bytes frame = frame_of(path, payload);
            const std::string field = to_hex(std::span(frame).subspan(frame.size() - 4, 2));
            ASSERT_NE(field, "0000");
            if (field != "ffff") continue;
            ++inverted;
            ASSERT_EQ(parse_frame(frame, {}).cause, DropCause::None);
        }
    EXPECT_EQ(inverted, 2);
}

TEST(FrameTemplate, LeavesTheChecksumOutWhereThatIsLegal) {
    const Bytes without = frame_of(path4(), hex("0102"), UdpChecksum::Zero);
    EXPECT_EQ(to_hex(std::span(without).subspan(40, 2)), "0000");
    EXPECT_EQ(parse_frame(without, {}).cause, DropCause::None);
    EXPECT_EQ(frame_of(path6(), hex("0102"), UdpChecksum::Zero), frame_of(path6(), hex("0102")));
}

TEST(FrameTemplate, PreparesTheChecksumForTheDevice) {
    for (const UdpPath& path : {path4(), path6()}) {
        Bytes frame = frame_of(path, hex("0102030405"), UdpChecksum::Device);
        // What a device does: sum all from the UDP header on, the field included, and complement.
        const std::size_t udp_at = frame.size() - 13;
        const std::uint16_t checksum =
            InternetSum().add(std::span<const std::byte>(frame).subspan(udp_at)).checksum();
        store_checksum(&frame[udp_at + 6], checksum);
        EXPECT_EQ(to_hex(frame), to_hex(frame_of(path, hex("0102030405"))));
    }
}

TEST(FrameTemplate, TellsItsSizes) {
    for (const bool tagged : {false, true})
        for (UdpPath path : {path4(), path6()}) {
            if (tagged) path.tag = std::uint16_t{7};
            const FrameTemplate headers(path);
            const Family family = path.source.address.family();
            EXPECT_EQ(headers.family(), family);
            EXPECT_EQ(headers.header_size(), udp_header_size(family, tagged));
            EXPECT_EQ(headers.ethernet_size() + headers.ip_size() + kUdpSize,
                      headers.header_size());
            EXPECT_EQ(headers.ethernet_size(), tagged ? 18u : 14u);
        }
}

TEST(FrameTemplate, ChangesItsNeighbour) {
    FrameTemplate headers(path4());
    headers.set_destination_mac(kBroadcastMac);
    Bytes frame(headers.header_size());
    headers.write(frame, 0, UdpChecksum::Software);
    EXPECT_EQ(parse_frame(frame, {}).destination_mac, kBroadcastMac);
}

TEST(FrameLayout, AlignsThePayload) {
    EXPECT_EQ(aligned_frame_start(udp_header_size(Family::Ipv4, false)), 6u);
    EXPECT_EQ(aligned_frame_start(udp_header_size(Family::Ipv4, true)), 2u);
    EXPECT_EQ(aligned_frame_start(udp_header_size(Family::Ipv6, false)), 2u);
    EXPECT_EQ(aligned_frame_start(udp_header_size(Family::Ipv6, true)), 6u);
    for (const Family family : {Family::Ipv4, Family::Ipv6})
        for (const bool tagged : {false, true})
            for (std::size_t least = 0; least < 200; ++least) {
                const std::size_t size = udp_header_size(family, tagged);
                const std::size_t headroom = aligned_headroom(size, least);
                EXPECT_EQ((headroom + size) % 8, 0u);
                EXPECT_GE(headroom, least);
                EXPECT_LT(headroom, least + 8);
            }
    EXPECT_EQ(udp_payload_max(Family::Ipv4, 1500), 1472u);
    EXPECT_EQ(udp_payload_max(Family::Ipv6, 1500), 1452u);
    EXPECT_EQ(udp_payload_max(Family::Ipv6, 20), 0u);
}

TEST(MacAddress, IsReadAndWritten) {
    EXPECT_EQ(to_string(MacAddress::parse("02:00:5E:10:00:ff").value()), "02:00:5e:10:00:ff");
    for (const char* bad : {"", "02:00:5e:10:00", "02:00:5e:10:00:0", "02-00-5e-10-00-ff",
                            "02:00:5e:10:00:fg", "02:00:5e:10:00:ff:", "+2:00:5e:10:00:ff"})
        EXPECT_FALSE(MacAddress::parse(bad)) << bad;
}

TEST(MacAddress, OfAGroup) {
    EXPECT_EQ(to_string(multicast_mac(address("239.255.1.2"))), "01:00:5e:7f:01:02");
    EXPECT_EQ(multicast_mac(address("239.127.1.2")), multicast_mac(address("224.255.1.2")));
    EXPECT_EQ(to_string(multicast_mac(address("ff12::4d43:1:2"))), "33:33:00:01:00:02");
    EXPECT_TRUE(multicast_mac(address("ff02::1")).is_group());
    EXPECT_TRUE(kBroadcastMac.is_group());
    EXPECT_FALSE(kOurs.is_group());
}

}  // namespace
}  // namespace mcast::dpdk
