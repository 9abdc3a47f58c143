#include "transports/dpdk/group_membership.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/transports/membership_frames.hpp"

namespace mcast::dpdk {
namespace {

using namespace std::chrono_literals;
using test::address;
using test::hex;
using test::igmp_query;
using test::Member;
using test::to_hex;
using Told = std::vector<std::string>;

const Address kGroup = address("239.1.1.1");
const Address kOther = address("239.1.1.2");
// General queries of versions 2 and 3, 10 s to answer; the newest tells robustness 2, 125 s.
const char* const kQuery2 = "1164 0000 00000000";
const char* const kQuery3 = "1164 0000 00000000 02 7d 0000";

MembershipOptions only(MembershipVersion version) {
    return {.oldest = version, .newest = version};
}

TEST(GroupMembership, ReportsWhatLinuxReports) {
    Member host;
    host.membership.join(host.now, kGroup);
    EXPECT_EQ(to_hex(host.frame()),
              to_hex(hex("01005e000016 020000000001 0800 46c00028 00004000 0102f9ab 0a4d0001"
                         "e0000016 94040000 2200e9fb 00000001 04000000 ef010101")));
    host.settle();
    host.hear(igmp_query(kQuery3));
    host.now += 10s;
    EXPECT_EQ(to_hex(host.frame()),
              to_hex(hex("01005e000016 020000000001 0800 46c00028 00004000 0102f9ab 0a4d0001"
                         "e0000016 94040000 2200ebfb 00000001 02000000 ef010101")));
    host.membership.leave(host.now, kGroup);
    EXPECT_EQ(to_hex(host.frame()),
              to_hex(hex("01005e000016 020000000001 0800 46c00028 00004000 0102f9ab 0a4d0001"
                         "e0000016 94040000 2200eafb 00000001 03000000 ef010101")));
}

TEST(GroupMembership, SpeaksTheOlderVersionsAsLinuxDoes) {
    Member host(only(MembershipVersion::Two));
    host.membership.join(host.now, kGroup);
    EXPECT_EQ(to_hex(host.frame()),
              to_hex(hex("01005e010101 020000000001 0800 46c00020 00004000 0102e9c7 0a4d0001"
                         "ef010101 94040000 1600f9fc ef010101")));
    host.membership.leave(host.now, kGroup);
    EXPECT_EQ(to_hex(host.frame()),
              to_hex(hex("01005e000002 020000000001 0800 46c00020 00004000 0102f9c7 0a4d0001"
                         "e0000002 94040000 1700f8fc ef010101")));
    Member old(only(MembershipVersion::One));
    old.membership.join(old.now, kGroup);
    EXPECT_EQ(to_hex(old.frame()),
              to_hex(hex("01005e010101 020000000001 0800 46c00020 00004000 0102e9c7 0a4d0001"
                         "ef010101 94040000 1200fdfc ef010101")));
    old.membership.leave(old.now, kGroup);
    EXPECT_EQ(old.due(), Told{}) << "version 1 leaves in silence";
}

TEST(GroupMembership, JoinsTwiceAndLeavesTwice) {
    std::set<Duration> gaps;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Member host({}, seed);
        host.membership.join(host.now, kGroup);
        EXPECT_EQ(host.due(), Told{"report3 to-exclude 239.1.1.1"});
        const Instant joined = host.now;
        EXPECT_EQ(host.next(), "report3 to-exclude 239.1.1.1");
        EXPECT_LE(host.now - joined, kUnsolicitedInterval);
        gaps.insert(host.now - joined);
        EXPECT_EQ(host.next(), "") << "robustness is 2";
        host.membership.leave(host.now, kGroup);
        EXPECT_EQ(host.due(), Told{"report3 to-include 239.1.1.1"});
        EXPECT_EQ(host.membership.group_count(), 1u);
        EXPECT_EQ(host.next(), "report3 to-include 239.1.1.1");
        EXPECT_EQ(host.membership.group_count(), 0u);
        EXPECT_EQ(host.next(), "");
    }
    EXPECT_GT(gaps.size(), 45u) << "hosts that start together do not report together";
}

TEST(GroupMembership, IsOneHoweverManyUseIt) {
    Member host;
    host.membership.join(host.now, kGroup);
    host.membership.join(host.now, kGroup);
    EXPECT_EQ(host.due(), Told{"report3 to-exclude 239.1.1.1"});
    host.settle();
    host.membership.leave(host.now, kGroup);
    EXPECT_EQ(host.due(), Told{});
    host.membership.leave(host.now, kGroup);
    EXPECT_EQ(host.due(), Told{"report3 to-include 239.1.1.1"});
    host.membership.leave(host.now, kGroup);
    host.membership.leave(host.now, kOther);
    EXPECT_EQ(host.due(), Told{}) << "what was not joined is not left";
}

TEST(GroupMembership, JoinsAnewWhileItIsStillLeaving) {
    Member host;
    host.membership.join(host.now, kGroup);
    host.settle();
    host.membership.leave(host.now, kGroup);
    EXPECT_EQ(host.due(), Told{"report3 to-include 239.1.1.1"});
    host.membership.join(host.now, kGroup);
    EXPECT_EQ(host.due(), Told{"report3 to-exclude 239.1.1.1"});
    EXPECT_EQ(host.next(), "report3 to-exclude 239.1.1.1");
    EXPECT_EQ(host.next(), "");
    EXPECT_EQ(host.membership.group_count(), 1u);
}

TEST(GroupMembership, NeverReportsWhatEverybodyHasJoined) {
    Member host({.group_max = 1});
    EXPECT_TRUE(host.membership.join(host.now, address("224.0.0.1")));
    Member six({.family = Family::Ipv6, .group_max = 1});
    EXPECT_TRUE(six.membership.join(six.now, address("ff02::1")));
    EXPECT_TRUE(six.membership.join(six.now, address("ff01::5")));
    EXPECT_EQ(host.next() + six.next(), "");
    EXPECT_EQ(host.membership.group_count() + six.membership.group_count(), 0u);
}

TEST(GroupMembership, AnswersGeneralQueriesInOneReportInTime) {
    std::set<Duration> delays;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        Member host({}, seed);
        host.membership.join(host.now, kGroup);
        host.membership.join(host.now, kOther);
        host.settle();
        host.hear(igmp_query(kQuery3));
        const Instant asked = host.now;
        EXPECT_EQ(host.next(), "report3 exclude 239.1.1.1, exclude 239.1.1.2");
        EXPECT_LE(host.now - asked, 10s);
        delays.insert(host.now - asked);
        EXPECT_EQ(host.next(), "");
    }
    EXPECT_GT(delays.size(), 45u);
    EXPECT_GT(*delays.rbegin() - *delays.begin(), 5s);
}

TEST(GroupMembership, KeepsToTheEarlierOfTwoAnswers) {
    Member host;
    host.membership.join(host.now, kGroup);
    host.settle();
    host.hear(igmp_query("11ff 0000 00000000 02 7d 0000"));  // answers may take an hour
    const Instant late = host.membership.deadline();
    host.now += 1s;
    host.hear(igmp_query("110a 0000 00000000 02 7d 0000"));  // 1 s
    EXPECT_LT(host.membership.deadline(), late);
    EXPECT_LE(host.membership.deadline(), host.now + 1s);
    const Instant soon = host.membership.deadline();
    host.now += 20ms;
    host.hear(igmp_query("11ff 0000 00000000 02 7d 0000"));
    EXPECT_EQ(host.membership.deadline(), soon);
    host.hear(igmp_query("11ff 0000 ef010101 02 7d 0000", "239.1.1.1"));
    EXPECT_EQ(host.next(), "report3 exclude 239.1.1.1");
    EXPECT_EQ(host.next(), "") << "one answer to all of them";
}

TEST(GroupMembership, AnswersForTheGroupThatIsAskedFor) {
    Member host;
    host.membership.join(host.now, kGroup);
    host.membership.join(host.now, kOther);
    host.settle();
    host.hear(igmp_query("110a 0000 ef010102 02 7d 0000", "239.1.1.2"));
    host.hear(igmp_query("110a 0000 ef010103 02 7d 0000", "239.1.1.3"));
    const Instant asked = host.now;
    EXPECT_EQ(host.next(), "report3 exclude 239.1.1.2");
    EXPECT_LE(host.now - asked, 1s);
    EXPECT_EQ(host.next(), "");
    EXPECT_EQ(host.membership.counters().queries, 2u);
}

TEST(GroupMembership, AnswersForTheSourcesThatAreAskedFor) {
    Member host;
    host.membership.join(host.now, kGroup);
    host.settle();
    host.hear(igmp_query("110a 0000 ef010101 02 7d 0002 0a4d0063 0a4d0064", "239.1.1.1"));
    host.hear(igmp_query("110a 0000 ef010101 02 7d 0002 0a4d0064 0a4d0065", "239.1.1.1"));
    EXPECT_EQ(host.next(), "report3 include 239.1.1.1 from 10.77.0.99+10.77.0.100+10.77.0.101");
    EXPECT_EQ(host.next(), "");
    // A question for the whole group swallows one for its sources, whichever came first.
    for (const bool whole_first : {false, true}) {
        host.now += 1s;
        for (const bool whole : {whole_first, !whole_first})
            host.hear(igmp_query(
                whole ? "110a 0000 ef010101 02 7d 0000" : "110a 0000 ef010101 02 7d 0001 0a4d0063",
                "239.1.1.1"));
        EXPECT_EQ(host.next(), "report3 exclude 239.1.1.1");
        EXPECT_EQ(host.next(), "");
    }
}

TEST(GroupMembership, AnswersForTheGroupWhenThereAreTooManySources) {
    Member host;
    host.membership.join(host.now, kGroup);
    host.settle();
    std::string message = "110a 0000 ef010101 02 7d 0011";
    for (std::size_t i = 0; i <= kQuerySourcesMax; ++i)
        message += " 0a4d00" + std::string(i < 16 ? "0" : "1") + "0123456789abcdef"[i % 16];
    host.hear(igmp_query(message.c_str(), "239.1.1.1"));
    EXPECT_EQ(host.next(), "report3 exclude 239.1.1.1");
}

TEST(GroupMembership, FollowsTheRobustnessOfTheQuerier) {
    Member host;
    host.hear(igmp_query("110a 0000 00000000 05 7d 0000"));
    host.settle();
    host.membership.join(host.now, kGroup);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(host.next(), "report3 to-exclude 239.1.1.1");
    EXPECT_EQ(host.next(), "");
    host.now += 1s;
    host.hear(igmp_query("110a 0000 00000000 01 7d 0000"));
    host.settle();
    host.membership.leave(host.now, kGroup);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(host.next(), "report3 to-include 239.1.1.1") << "2 at least";
    EXPECT_EQ(host.next(), "");
}

TEST(GroupMembership, ReportsAnewWhenTheLinkIsBack) {
    Member host;
    host.membership.join(host.now, kGroup);
    host.membership.join(host.now, kOther);
    host.settle();
    host.hear(igmp_query(kQuery2));
    host.membership.on_link(host.now, false);
    EXPECT_EQ(host.membership.deadline(), kNever);
    host.membership.leave(host.now, kOther);
    EXPECT_EQ(host.due(), Told{});
    host.now += 1s;
    host.membership.on_link(host.now, true);
    EXPECT_EQ(host.due(), Told{"report3 to-exclude 239.1.1.1"}) << "in the newest version again";
    EXPECT_EQ(host.next(), "report3 to-exclude 239.1.1.1");
    EXPECT_EQ(host.next(), "");
}

TEST(GroupMembership, SplitsWhatDoesNotFitIntoOneFrame) {
    Member host;
    std::set<std::string> groups;
    for (std::uint8_t i = 0; i < 200; ++i) {
        const Address group = Address::ipv4(239, 1, 2, i);
        groups.insert(to_string(group));
        ASSERT_TRUE(host.membership.join(host.now, group));
    }
    const auto words = [&](const Told& frames, const std::string& type) {
        std::set<std::string> found;
        for (const std::string& frame : frames)
            for (std::size_t at = frame.find(type + " "); at != std::string::npos;
                 at = frame.find(type + " ", at + 1)) {
                const std::size_t begin = at + type.size() + 1;
                found.insert(frame.substr(begin, frame.find(',', begin) - begin));
            }
        return found;
    };
    const Told first = host.due();
    EXPECT_EQ(first.size(), 2u) << "1500 bytes take 183 records";
    EXPECT_EQ(words(first, "to-exclude"), groups);
    host.settle();
    host.hear(igmp_query(kQuery3));
    host.now += 10s;
    EXPECT_EQ(words(host.due(), "exclude"), groups);
    // In version 2 each has a frame of its own, and a time of its own.
    host.now += kResponseGapMin;
    host.hear(igmp_query(kQuery2));
    std::set<std::string> told;
    while (host.membership.deadline() != kNever)
        told.insert(host.next());
    EXPECT_EQ(told.size(), 200u);
}

TEST(GroupMembership, HasRoomForSoManyGroups) {
    Member host({.group_max = 2});
    EXPECT_TRUE(host.membership.join(host.now, kGroup));
    EXPECT_TRUE(host.membership.join(host.now, kOther));
    EXPECT_FALSE(host.membership.join(host.now, address("239.1.1.3")));
    EXPECT_TRUE(host.membership.join(host.now, kGroup)) << "known already";
    host.settle();
    host.membership.leave(host.now, kOther);
    EXPECT_EQ(host.due().size(), 1u);
    EXPECT_TRUE(host.membership.join(host.now, address("239.1.1.3"))) << "instead of a leaving one";
    EXPECT_EQ(host.due(), Told{"report3 to-exclude 239.1.1.3"});
}

TEST(GroupMembership, DoesNotAnswerAFloodWithAFlood) {
    for (const char* query : {"1100 0000 00000000 02 7d 0000", "1101 0000 00000000"}) {
        Member host;
        host.membership.join(host.now, kGroup);
        host.settle();
        std::size_t sent = 0;
        for (int i = 0; i < 10000; ++i) {
            host.hear(igmp_query(query));
            host.hear(igmp_query("1100 0000 ef010101 02 7d 0000", "239.1.1.1"));
            host.now += 100us;
            sent += host.due().size();
        }
        EXPECT_LE(sent, 11u) << "within a second";
        EXPECT_GE(sent, 9u);
        EXPECT_GT(host.refused(QueryFault::TooSoon), 9000u);
    }
}

TEST(GroupMembership, TellsFromNobodyUntilItHasAnAddress) {
    GroupMembership membership({MacAddress::parse("02:00:00:00:00:01").value(), 0x6007}, {});
    Random random(1);
    test::Bytes frame(kControlFrameMin);
    membership.join(Instant(), kGroup);
    frame.resize(membership.write_due(Instant(), frame, random));
    const ParsedFrame parsed = parse_frame(frame, {.vlan = 7});
    EXPECT_EQ(parsed.kind, FrameKind::Igmp) << to_string(parsed.cause);
    EXPECT_EQ(to_string(parsed.source.address), "0.0.0.0");
}

}  // namespace
}  // namespace mcast::dpdk
