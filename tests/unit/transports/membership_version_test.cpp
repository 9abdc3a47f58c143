#include <gtest/gtest.h>

#include "tests/unit/transports/membership_frames.hpp"

namespace mcast::dpdk {
namespace {

using namespace std::chrono_literals;
using test::address;
using test::igmp_query;
using test::Member;

const Address kGroup = address("239.1.1.1");
const Address kOther = address("239.1.1.2");
// General queries of the three versions, 10 s to answer; the newest tells robustness 2, 125 s.
const char* const kQuery1 = "1100 0000 00000000";
const char* const kQuery2 = "1164 0000 00000000";
const char* const kQuery3 = "1164 0000 00000000 02 7d 0000";

MembershipOptions only(MembershipVersion version) {
    return {.oldest = version, .newest = version};
}

TEST(MembershipVersion, SpeaksToAnOldQuerierInItsVersion) {
    Member host;
    host.membership.join(host.now, kGroup);
    EXPECT_EQ(host.due().size(), 1u);
    // What is pending in the newer version ends.
    host.hear(igmp_query(kQuery2));
    const Instant heard = host.now;
    EXPECT_EQ(host.membership.version(host.now), MembershipVersion::Two);
    EXPECT_EQ(host.next(), "report2 239.1.1.1 to 239.1.1.1");
    EXPECT_LE(host.now - heard, 10s);
    EXPECT_EQ(host.next(), "");
    host.membership.join(host.now, kOther);
    EXPECT_EQ(host.next(), "report2 239.1.1.2 to 239.1.1.2");
    EXPECT_EQ(host.next(), "report2 239.1.1.2 to 239.1.1.2");
    host.membership.leave(host.now, kOther);
    EXPECT_EQ(host.next(), "leave2 239.1.1.2 to 224.0.0.2");
    EXPECT_EQ(host.next(), "");
    // An even older one.
    host.hear(igmp_query(kQuery1));
    EXPECT_EQ(host.next(), "report1 239.1.1.1 to 239.1.1.1");
    const Instant first = host.now;
    EXPECT_EQ(host.membership.version(host.now), MembershipVersion::One);
    // RFC 3376, 8.12: 2 × 125 s and the time to answer.
    EXPECT_EQ(host.membership.version(heard + 260s), MembershipVersion::One);
    EXPECT_EQ(host.membership.version(first + 260s), MembershipVersion::Three);
    host.now = first + 260s;
    host.membership.leave(host.now, kGroup);
    EXPECT_EQ(host.next(), "report3 to-include 239.1.1.1");
}

TEST(MembershipVersion, ChangesItsVersionOnlyForGeneralQueries) {
    Member host;
    host.membership.join(host.now, kGroup);
    host.settle();
    host.hear(igmp_query("110a 0000 ef010101", "239.1.1.1"));
    EXPECT_EQ(host.next(), "report3 exclude 239.1.1.1");
}

TEST(MembershipVersion, AnOldQuerierCannotClaimUsForEver) {
    Member host;
    host.hear(igmp_query("1164 0000 00000000 07 ff 0000"));  // every 31744 s, robustness 7
    host.hear(igmp_query(kQuery2));
    EXPECT_EQ(host.membership.version(host.now + kOldQuerierMax - 1ns), MembershipVersion::Two);
    EXPECT_EQ(host.membership.version(host.now + kOldQuerierMax), MembershipVersion::Three);
}

TEST(MembershipVersion, SpeaksOnlyTheVersionsItMay) {
    Member two(only(MembershipVersion::Two));
    two.membership.join(two.now, kGroup);
    EXPECT_EQ(two.next(), "report2 239.1.1.1 to 239.1.1.1");
    const Instant joined = two.now;
    EXPECT_EQ(two.next(), "report2 239.1.1.1 to 239.1.1.1");
    EXPECT_LE(two.now - joined, kUnsolicitedIntervalOld);
    two.hear(igmp_query(kQuery3));
    EXPECT_EQ(two.next(), "report2 239.1.1.1 to 239.1.1.1");
    two.hear(igmp_query(kQuery1));
    EXPECT_EQ(two.next(), "report2 239.1.1.1 to 239.1.1.1");
    Member three(only(MembershipVersion::Three));
    three.membership.join(three.now, kGroup);
    three.settle();
    three.hear(igmp_query(kQuery2));
    EXPECT_EQ(three.next(), "report3 exclude 239.1.1.1");
}

TEST(MembershipVersion, IsSilentWhereSomebodyElseAnswered) {
    Member host(only(MembershipVersion::Two));
    host.membership.join(host.now, kGroup);
    host.membership.join(host.now, kOther);
    host.settle();
    host.hear(igmp_query(kQuery2));
    host.hear(igmp_query("1600 0000 ef010101", "239.1.1.1"));
    EXPECT_EQ(host.next(), "report2 239.1.1.2 to 239.1.1.2");
    EXPECT_EQ(host.next(), "");
    EXPECT_EQ(host.membership.counters().reports_suppressed, 1u);
    // Joining is said once in any case.
    host.membership.leave(host.now, kGroup);
    host.settle();
    host.membership.join(host.now, kGroup);
    host.hear(igmp_query("1600 0000 ef010101", "239.1.1.1"));
    EXPECT_EQ(host.next(), "report2 239.1.1.1 to 239.1.1.1");
    host.hear(igmp_query("1600 0000 ef010101", "239.1.1.1"));
    EXPECT_EQ(host.next(), "");
    Member three;
    three.membership.join(three.now, kGroup);
    three.hear(igmp_query("1600 0000 ef010101", "239.1.1.1"));
    EXPECT_EQ(three.next(), "report3 to-exclude 239.1.1.1");
    EXPECT_EQ(three.next(), "report3 to-exclude 239.1.1.1") << "version 3 listens to nobody";
}

}  // namespace
}  // namespace mcast::dpdk
