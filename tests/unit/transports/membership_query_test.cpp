#include "transports/dpdk/membership_query.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/transports/membership_frames.hpp"

namespace mcast::dpdk {
namespace {

using namespace std::chrono_literals;
using test::address;
using test::Bytes;
using test::hex;
using test::igmp_query;
using test::Member;
using test::mld_query;
using test::query_frame;
using test::QueryFrame;
using test::to_hex;

const MembershipOptions kIpv6{.family = Family::Ipv6};
const Address kGroup6 = address("ff12::4d43:0:1");

MembershipQuery read(const Bytes& frame) {
    static Bytes kept;  // the query's sources point into it
    kept = frame;
    const ParsedFrame parsed = parse_frame(kept, {});
    EXPECT_EQ(membership_message(parsed), MembershipMessage::Query) << to_string(parsed.cause);
    return read_query(parsed, address(parsed.kind == FrameKind::Igmp ? "10.77.0.1" : "fe80::1"));
}

TEST(MembershipQuery, ReadsWhatLinuxBridgesAsk) {
    // Captured: version 2, and version 3 with robustness 2 and an interval of 5 s; 0.5 s to answer.
    const MembershipQuery two =
        read(hex("01005e000001 020000000002 0800 46c00020 00004000 01020417 00000000 e0000001"
                 "94040000 1105eefa 00000000"));
    EXPECT_EQ(two.fault, QueryFault::None);
    EXPECT_EQ(two.version, MembershipVersion::Two);
    EXPECT_TRUE(two.is_general());
    EXPECT_EQ(two.response_max, 500ms);
    const MembershipQuery three =
        read(hex("01005e000001 020000000002 0800 46c00024 00004000 01020413 00000000 e0000001"
                 "94040000 1105ecf5 00000000 02050000"));
    EXPECT_EQ(three.fault, QueryFault::None);
    EXPECT_EQ(three.version, MembershipVersion::Three);
    EXPECT_EQ(three.robustness, 2);
    EXPECT_EQ(three.interval, 5s);
    EXPECT_EQ(three.source_count, 0u);
    const MembershipQuery mld =
        read(hex("333300000001 7eba018529ca 86dd 6000000000240001"
                 "fe800000000000007cba01fffe8529ca ff020000000000000000000000000001"
                 "3a00050200000100 8200d52501f40000 00000000000000000000000000000000 02010000"));
    EXPECT_EQ(mld.fault, QueryFault::None);
    EXPECT_EQ(mld.version, MembershipVersion::Three);
    EXPECT_EQ(mld.response_max, 500ms);
    EXPECT_EQ(mld.interval, 1s);
}

TEST(MembershipQuery, ReadsMld) {
    const MembershipQuery one =
        read(mld_query("8200 0000 03e8 0000 ff1200000000000000004d4300000001", "ff12::4d43:0:1"));
    EXPECT_EQ(one.fault, QueryFault::None);
    EXPECT_EQ(one.version, MembershipVersion::Two);
    EXPECT_EQ(one.group, kGroup6);
    EXPECT_EQ(one.response_max, 1s);
    const MembershipQuery two =
        read(mld_query("8200 0000 8fff 0000 ff1200000000000000004d4300000001 0a 91 0001"
                       "fe800000000000000000000000000077",
                       "ff12::4d43:0:1"));
    EXPECT_EQ(two.fault, QueryFault::None);
    EXPECT_EQ(two.version, MembershipVersion::Three);
    EXPECT_EQ(two.robustness, 2) << "beside the S flag";
    EXPECT_EQ(two.interval, 272s);
    EXPECT_EQ(two.response_max, 65528ms);
    ASSERT_EQ(two.source_count, 1u);
    EXPECT_EQ(to_string(two.source(0)), "fe80::77");
}

TEST(MembershipQuery, DecodesFloatingPoint) {
    EXPECT_EQ(decode_8(0x7f), 127u);
    EXPECT_EQ(decode_8(0x80), 128u);
    EXPECT_EQ(decode_8(0xff), 31744u);
    EXPECT_EQ(decode_16(0x7fff), 32767u);
    EXPECT_EQ(decode_16(0x8000), 32768u);
    EXPECT_EQ(decode_16(0xffff), 8387584u);
}

TEST(MembershipQuery, RefusesWhatIsMalformed) {
    const char* const general = "110a 0000 00000000 02 7d 0000";
    const auto fault = [](const QueryFrame& query) {
        return read(query_frame(query, Family::Ipv4)).fault;
    };
    EXPECT_EQ(fault({.message = hex(general)}), QueryFault::None);
    EXPECT_EQ(fault({.message = hex(general), .router_alert = false}), QueryFault::None);
    EXPECT_EQ(fault({.message = hex(general), .to = "10.77.0.1"}), QueryFault::None);
    EXPECT_EQ(fault({.message = hex(general), .hop_limit = 2}), QueryFault::HopLimit);
    EXPECT_EQ(fault({.message = hex(general), .to = "224.0.0.2"}), QueryFault::Destination);
    EXPECT_EQ(fault({.message = hex(general), .to = "10.77.0.9"}), QueryFault::Destination);
    EXPECT_EQ(fault({.message = hex("110a 0000 0a4d0001"), .to = "10.77.0.1"}), QueryFault::Group);
    EXPECT_EQ(fault({.message = hex("110a 0000 00000000 02 7d 0001 0a4d0001")}), QueryFault::Group);
    EXPECT_EQ(fault({.message = hex("110a 0000 ef010101 02 7d 0002 0a4d0001")}),
              QueryFault::Length);
    for (const char* cut : {"110a 0000 00000000 02", "110a 0000 00000000 02 7d 00"})
        EXPECT_EQ(fault({.message = hex(cut)}), QueryFault::Length) << cut;
    EXPECT_EQ(fault({.message = hex("110a 0000 00000000 02 7d 0000 aabb")}), QueryFault::None)
        << "RFC 3376, 4.1.10: additional data is left alone";
    EXPECT_EQ(fault({.message = hex("1100 0000 ef010101")}), QueryFault::None) << "version 1";
}

TEST(MembershipQuery, RefusesMldThatMayComeFromFar) {
    const char* const general = "8200 0000 03e8 0000 00000000000000000000000000000000 02 7d 0000";
    const auto fault = [](const QueryFrame& query) {
        return read(query_frame(query, Family::Ipv6)).fault;
    };
    EXPECT_EQ(fault({.message = hex(general)}), QueryFault::None);
    EXPECT_EQ(fault({.message = hex(general), .hop_limit = 255}), QueryFault::HopLimit);
    EXPECT_EQ(fault({.message = hex(general), .router_alert = false}), QueryFault::RouterAlert);
    EXPECT_EQ(fault({.message = hex(general), .from = "2001:db8::1"}), QueryFault::Source);
    EXPECT_EQ(fault({.message = hex(general), .to = "ff02::2"}), QueryFault::Destination);
    EXPECT_EQ(fault({.message = hex("8200 0000 03e8 0000 00000000")}), QueryFault::Length);
    for (const char* extra : {"02", "02 7d", "02 7d 00"})
        EXPECT_EQ(fault({.message = test::joined(hex("8200 0000 03e8 0000 0000000000000000"
                                                     "0000000000000000"),
                                                 hex(extra))}),
                  QueryFault::Length)
            << extra;
}

TEST(MembershipQuery, FaultsAreCountedByName) {
    Member host;
    host.membership.join(host.now, address("239.1.1.1"));
    host.settle();
    host.hear(query_frame({.message = hex("110a 0000 00000000"), .hop_limit = 9}, Family::Ipv4));
    EXPECT_EQ(host.next(), "");
    EXPECT_EQ(host.refused(QueryFault::HopLimit), 1u);
    EXPECT_EQ(host.membership.counters().queries, 0u);
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < kQueryFaultCount; ++i)
        names.insert(to_string(static_cast<QueryFault>(i)));
    EXPECT_EQ(names.size(), kQueryFaultCount);
    EXPECT_EQ(to_string(QueryFault::TooSoon), "too-soon");
}

TEST(MembershipQuery, OurOwnComeBackUnheard) {
    Member host({.oldest = MembershipVersion::Two, .newest = MembershipVersion::Two});
    host.membership.join(host.now, address("239.1.1.1"));
    const Bytes report = host.frame();
    EXPECT_EQ(host.due().size(), 0u);
    host.hear(report);
    EXPECT_EQ(host.next(), "report2 239.1.1.1 to 239.1.1.1") << "it does not suppress itself";
}

TEST(Mld, ReportsWhatLinuxReports) {
    Member host(kIpv6);
    host.membership.join(host.now, kGroup6);
    const char* const headers =
        "333300000016 020000000001 86dd 6000000000240001 fe80000000000000000000fffe000001"
        "ff020000000000000000000000000016 3a00050200000100";
    EXPECT_EQ(to_hex(host.frame()),
              to_hex(test::joined(hex(headers), hex("8f0023b600000001 04000000"
                                                    "ff1200000000000000004d4300000001"))));
    host.settle();
    host.membership.leave(host.now, kGroup6);
    EXPECT_EQ(to_hex(host.frame()),
              to_hex(test::joined(hex(headers), hex("8f0024b600000001 03000000"
                                                    "ff1200000000000000004d4300000001"))));
}

TEST(Mld, SpeaksTheOlderVersionAsLinuxDoes) {
    Member host({.family = Family::Ipv6,
                 .oldest = MembershipVersion::Two,
                 .newest = MembershipVersion::Two});
    host.membership.join(host.now, kGroup6);
    EXPECT_EQ(to_hex(host.frame()),
              to_hex(hex("333300000001 020000000001 86dd 6000000000200001"
                         "fe80000000000000000000fffe000001 ff1200000000000000004d4300000001"
                         "3a00050200000100 8300e67c00000000 ff1200000000000000004d4300000001")));
    host.membership.leave(host.now, kGroup6);
    EXPECT_EQ(to_hex(host.frame()),
              to_hex(hex("333300000002 020000000001 86dd 6000000000200001"
                         "fe80000000000000000000fffe000001 ff020000000000000000000000000002"
                         "3a00050200000100 840032cf00000000 ff1200000000000000004d4300000001")));
}

TEST(Mld, AnswersQueriesOfBothVersions) {
    Member host(kIpv6);
    host.membership.join(host.now, kGroup6);
    host.settle();
    host.hear(mld_query("8200 0000 03e8 0000 00000000000000000000000000000000 02 7d 0000"));
    Instant asked = host.now;
    EXPECT_EQ(host.next(), "report3 exclude ff12::4d43:0:1");
    EXPECT_LE(host.now - asked, 1s);
    host.hear(
        mld_query("8200 0000 ff00 0000 ff1200000000000000004d4300000001 02 7d 0001"
                  "fe800000000000000000000000000077",
                  "ff12::4d43:0:1"));
    EXPECT_EQ(host.next(), "report3 include ff12::4d43:0:1 from fe80::77");
    host.hear(mld_query("8200 0000 03e8 0000 00000000000000000000000000000000"));
    asked = host.now;
    EXPECT_EQ(host.membership.version(host.now), MembershipVersion::Two);
    EXPECT_EQ(host.next(), "report2 ff12::4d43:0:1 to ff12::4d43:0:1");
    EXPECT_LE(host.now - asked, 1s);
    EXPECT_EQ(host.membership.version(asked + 251s), MembershipVersion::Three);
    // Somebody else's report.
    host.hear(mld_query("8200 0000 03e8 0000 00000000000000000000000000000000"));
    host.hear(mld_query("8300 0000 0000 0000 ff1200000000000000004d4300000001", "ff12::4d43:0:1"));
    EXPECT_EQ(host.next(), "");
    EXPECT_EQ(host.membership.counters().reports_suppressed, 1u);
    host.membership.leave(host.now, kGroup6);
    EXPECT_EQ(host.next(), "leave2 ff12::4d43:0:1 to ff02::2");
}

}  // namespace
}  // namespace mcast::dpdk
