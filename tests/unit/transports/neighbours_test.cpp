#include "transports/dpdk/neighbours.hpp"

#include <gtest/gtest.h>

#include "tests/unit/transports/neighbour_frames.hpp"

namespace mcast::dpdk {
namespace {

using namespace std::chrono_literals;
using test::address;
using test::answer;
using test::kThem;
using test::kThird;
using test::kUs;
using test::Link;
using test::question;
using Told = std::vector<std::string>;

const std::string kKnown = "known 02:00:00:00:00:02";

TEST(Neighbours, AnnounceThemselvesTwice) {
    Link link(8, false);
    const Told all{"10.77.0.1 is here (to all)", "fe80::1 is here (to all)",
                   "2001:db8::1 is here (to all)"};
    EXPECT_EQ(link.due(), all);
    EXPECT_EQ(link.neighbours.deadline(), link.now + kNeighbourAnnounceInterval);
    link.now += kNeighbourAnnounceInterval;
    EXPECT_EQ(link.due(), all);
    EXPECT_EQ(link.neighbours.deadline(), kNever);
    // Only what is new is announced.
    link.addresses.push_back(test::on_prefix("10.78.0.1", 24));
    link.neighbours.set_addresses(link.now, link.addresses);
    EXPECT_EQ(link.due(), Told{"10.78.0.1 is here (to all)"});
    link.neighbours.on_link(link.now, false);
    EXPECT_EQ(link.due(), Told{});
    EXPECT_EQ(link.neighbours.deadline(), kNever);
    link.neighbours.on_link(link.now, true);
    EXPECT_EQ(link.due().size(), 4u);
}

TEST(Neighbours, AnswerForTheirAddresses) {
    Link link;
    EXPECT_EQ(link.hear(question(kThem, "10.77.0.2", "10.77.0.1")),
              "10.77.0.1 is here (to 02:00:00:00:00:02)");
    EXPECT_EQ(link.hear(question(kThem, "fe80::2", "fe80::1")),
              "fe80::1 is here (to 02:00:00:00:00:02)");
    EXPECT_EQ(link.hear(question(kThem, "fe80::2", "fe80::1", kUs.mac)),
              "fe80::1 is here (to 02:00:00:00:00:02)");
    EXPECT_EQ(link.hear(question(kThem, "10.77.0.2", "10.77.0.9")), "");
    EXPECT_EQ(link.hear(question(kThem, "fe80::2", "fe80::9")), "");
    EXPECT_EQ(link.neighbours.counters().answers_sent, 3u);
}

TEST(Neighbours, TellWhoLooksForAFreeAddressThatItIsTaken) {
    Link link;
    EXPECT_EQ(link.hear(question(kThem, "0.0.0.0", "10.77.0.1")),
              "10.77.0.1 is here (to 02:00:00:00:00:02)");
    EXPECT_EQ(link.neighbours.size(), 0u);
    // RFC 4861, 7.2.4: nobody can be written to, so everybody is.
    const ControlHeaders headers{.station = kThem,
                                 .destination_mac = multicast_mac(address("ff02::1:ff00:1")),
                                 .source = address("::"),
                                 .destination = address("ff02::1:ff00:1"),
                                 .protocol = 58,
                                 .hop_limit = 255};
    test::Bytes probe =
        test::joined(test::Bytes(headers.size()),
                     test::hex("8700 0000 00000000 fe800000000000000000000000000001"));
    write_control_frame(probe, headers, 24);
    EXPECT_EQ(link.hear(probe), "fe80::1 is here (to all)");
    EXPECT_EQ(link.neighbours.size(), 0u);
}

TEST(Neighbours, AreAskedFor) {
    for (const char* them : {"10.77.0.2", "fe80::2"}) {
        Link link;
        const std::string ours = them[0] == '1' ? "10.77.0.1" : "fe80::1";
        EXPECT_EQ(link.lookup(them), "asked");
        EXPECT_EQ(link.lookup(them), "asked");
        EXPECT_EQ(link.due(), Told{"who has " + std::string(them) + "? (" + ours + ", to all)"});
        EXPECT_EQ(link.due(), Told{}) << "once, however many wait";
        link.now += 10ms;
        EXPECT_EQ(link.hear(answer(kThem, them, ours)), "");
        EXPECT_EQ(link.lookup(them), kKnown);
        link.now += kReachableTime - 11ms;
        EXPECT_EQ(link.lookup(them), kKnown);
        EXPECT_EQ(link.due(), Told{});
    }
}

TEST(Neighbours, AreUnreachableWhenTheyDoNotAnswer) {
    Link link;
    EXPECT_EQ(link.lookup("10.77.0.9"), "asked");
    Instant first = link.now;
    std::size_t asked = link.due().size();
    while (link.neighbours.deadline() != kNever) {
        EXPECT_EQ(link.lookup("10.77.0.9"), "asked");
        link.now = link.neighbours.deadline();
        asked += link.due().size();
    }
    EXPECT_EQ(asked, kAskCount);
    EXPECT_EQ(link.now - first, kAskInterval * kAskCount);
    EXPECT_EQ(link.neighbours.counters().unreachable, 1u);
    EXPECT_EQ(link.lookup("10.77.0.9"), "unreachable");
    EXPECT_EQ(link.due(), Told{});
    link.now += kUnreachableHold;
    EXPECT_EQ(link.lookup("10.77.0.9"), "asked") << "there may be somebody now";
    EXPECT_EQ(link.due().size(), 1u);
    // And whoever shows up is believed at once.
    link.now += kAskInterval * 10;
    while (!link.due().empty())
        link.now += kAskInterval;
    EXPECT_EQ(link.lookup("10.77.0.9"), "unreachable");
    link.hear(question(kThem, "10.77.0.9", "10.77.0.1"));
    EXPECT_EQ(link.lookup("10.77.0.9"), kKnown);
}

TEST(Neighbours, AreConfirmedWhenTheyAreUsedAgain) {
    Link link;
    link.learn("10.77.0.2");
    link.now += kReachableTime;
    EXPECT_EQ(link.due(), Told{}) << "who is not used is not asked";
    EXPECT_EQ(link.lookup("10.77.0.2"), kKnown) << "meanwhile it probably still is there";
    EXPECT_EQ(link.due(), Told{"who has 10.77.0.2? (10.77.0.1, to 02:00:00:00:00:02)"});
    link.hear(answer(kThem, "10.77.0.2", "10.77.0.1"));
    link.now += kReachableTime - 1s;
    EXPECT_EQ(link.lookup("10.77.0.2"), kKnown);
    EXPECT_EQ(link.due(), Told{});
    // Or by what it sends.
    link.learn("10.77.0.2");
    link.now += kReachableTime - 1s;
    EXPECT_EQ(link.lookup("10.77.0.2"), kKnown);
    EXPECT_EQ(link.due(), Told{});
    // Who does not confirm is asked for among all the next time.
    link.now += 1s;
    EXPECT_EQ(link.lookup("10.77.0.2"), kKnown);
    std::size_t asked = 0;
    for (Instant end = link.now + kAskInterval * kAskCount; link.now <= end; link.now += 100ms)
        asked += link.due().size();
    EXPECT_EQ(asked, kAskCount);
    EXPECT_EQ(link.lookup("10.77.0.2"), "asked");
    EXPECT_EQ(link.due(), Told{"who has 10.77.0.2? (10.77.0.1, to all)"});
}

TEST(Neighbours, AreLearntFromWhatTheySend) {
    Link link;
    link.learn("10.77.0.2");
    link.learn("fe80::2");
    EXPECT_EQ(link.lookup("10.77.0.2"), kKnown);
    EXPECT_EQ(link.lookup("fe80::2"), kKnown);
    for (const char* nobody :
         {"0.0.0.0", "239.1.1.1", "255.255.255.255", "::", "ff02::1", "10.77.0.1", "fe80::1"})
        link.learn(nobody);
    EXPECT_EQ(link.neighbours.size(), 2u);
}

TEST(Neighbours, AreNotMovedByDatagramsInTheirName) {
    Link link;
    link.learn("10.77.0.2");
    link.learn("10.77.0.2", kThird);
    EXPECT_EQ(link.lookup("10.77.0.2"), kKnown);
    EXPECT_EQ(link.neighbours.counters().changes_ignored, 1u);
    link.now += kReachableTime;
    link.learn("10.77.0.2", kThird);
    EXPECT_EQ(link.lookup("10.77.0.2"), "known 02:00:00:00:00:03") << "it was silent for long";
}

TEST(Neighbours, MoveWhenTheySaySo) {
    Link link;
    link.learn("10.77.0.2");
    link.learn("fe80::2");
    EXPECT_EQ(link.hear(answer(kThird, "10.77.0.2")), "") << "a gratuitous ARP";
    EXPECT_EQ(link.lookup("10.77.0.2"), "known 02:00:00:00:00:03");
    EXPECT_EQ(link.hear(answer(kThird, "fe80::2")), "");
    EXPECT_EQ(link.lookup("fe80::2"), "known 02:00:00:00:00:03");
    EXPECT_EQ(link.due(), Told{"who has fe80::2? (fe80::1, to 02:00:00:00:00:03)"})
        << "nobody asked for that: is it true?";
    // Without the override flag it only raises doubts (RFC 4861, 7.2.5).
    link.hear(answer(kThird, "fe80::2", "fe80::1"));
    EXPECT_EQ(link.due(), Told{});
    test::Bytes weak = answer(kThem, "fe80::2");
    weak[58] = std::byte{0};
    weak = test::with_checksum(
        weak, 54, 2,
        InternetSum().add_pseudo_header(address("fe80::2"), address("ff02::1"), 58).add(32));
    link.hear(weak);
    EXPECT_EQ(link.lookup("fe80::2"), "known 02:00:00:00:00:03");
    EXPECT_EQ(link.due().size(), 1u);
}

TEST(Neighbours, NobodyIsLearntFromAnAnswerThatWasNotAskedFor) {
    Link link;
    link.hear(answer(kThem, "10.77.0.2", "10.77.0.1"));
    link.hear(answer(kThem, "10.77.0.3"));
    link.hear(answer(kThem, "fe80::2", "fe80::1"));
    link.hear(question(kThem, "10.77.0.4", "10.77.0.9"));
    EXPECT_EQ(link.neighbours.size(), 0u);
}

TEST(Neighbours, WhoAsksIsKnown) {
    Link link;
    link.hear(question(kThem, "10.77.0.2", "10.77.0.1"));
    EXPECT_EQ(link.lookup("10.77.0.2"), kKnown);
    EXPECT_EQ(link.due(), Told{});
    link.hear(question(kThem, "fe80::2", "fe80::1"));
    EXPECT_EQ(link.lookup("fe80::2"), kKnown);
    EXPECT_EQ(link.due(), Told{"who has fe80::2? (fe80::1, to 02:00:00:00:00:02)"})
        << "RFC 4861, 7.2.3: that it hears us is not said";
}

TEST(Neighbours, StayWhereTheyWereSetTo) {
    Link link(2);
    EXPECT_TRUE(link.neighbours.add_static(link.now, address("10.77.0.2"), kThem.mac));
    EXPECT_TRUE(link.neighbours.add_static(link.now, address("192.0.2.5"), kThem.mac));
    EXPECT_FALSE(link.neighbours.add_static(link.now, address("10.77.0.3"), kThem.mac));
    link.learn("10.77.0.2", kThird);
    link.hear(answer(kThird, "10.77.0.2"));
    link.hear(question(kThird, "10.77.0.2", "10.77.0.1"));
    link.learn("10.77.0.9", kThird);
    link.now += 1h;
    EXPECT_EQ(link.lookup("10.77.0.2"), kKnown);
    EXPECT_EQ(link.lookup("192.0.2.5"), kKnown) << "wherever that is";
    EXPECT_EQ(link.lookup("10.77.0.8"), "unreachable") << "no room";
    EXPECT_EQ(link.due(), Told{});
}

TEST(Neighbours, StrangersPushOutOnlyStrangers) {
    Link link(8);
    for (const char* friendly : {"10.77.0.2", "10.77.0.3", "10.77.0.4"}) {
        link.learn(friendly);
        EXPECT_EQ(link.lookup(friendly), kKnown);
    }
    for (std::uint8_t i = 0; i < 200; ++i)
        link.neighbours.learn(link.now, Address::ipv4(10, 77, 1, i), kThird.mac);
    EXPECT_EQ(link.neighbours.size(), 8u);
    for (const char* friendly : {"10.77.0.2", "10.77.0.3", "10.77.0.4"})
        EXPECT_EQ(link.lookup(friendly), kKnown);
    EXPECT_EQ(link.neighbours.counters().evicted, 195u);
    // When all are in use, a stranger is refused and a use of our own takes the oldest.
    for (std::uint8_t i = 10; i < 15; ++i)
        EXPECT_EQ(link.lookup("10.77.0." + std::to_string(i)), "asked");
    link.now += 1s;
    for (const char* friendly : {"10.77.0.2", "10.77.0.4"})
        EXPECT_EQ(link.lookup(friendly), kKnown);
    link.neighbours.learn(link.now, Address::ipv4(10, 77, 1, 1), kThird.mac);
    EXPECT_EQ(link.neighbours.counters().refused_full, 1u);
    for (std::uint8_t i = 20; i < 26; ++i)
        EXPECT_EQ(link.lookup("10.77.0." + std::to_string(i)), "asked");
    for (const char* friendly : {"10.77.0.2", "10.77.0.4"})
        EXPECT_EQ(link.lookup(friendly), kKnown);
    EXPECT_EQ(link.lookup("10.77.0.3"), "asked") << "it was the oldest";
}

TEST(Neighbours, FarOnesAreBehindTheGateway) {
    Link link;
    EXPECT_EQ(link.lookup("192.0.2.5"), "unreachable");
    EXPECT_EQ(link.lookup("2001:db8:1::5"), "unreachable");
    link.neighbours.set_gateway(address("10.77.0.254"));
    link.neighbours.set_gateway(address("fe80::254"));
    EXPECT_EQ(link.lookup("192.0.2.5"), "asked");
    EXPECT_EQ(link.due(), Told{"who has 10.77.0.254? (10.77.0.1, to all)"});
    link.hear(answer(kThem, "10.77.0.254", "10.77.0.1"));
    EXPECT_EQ(link.lookup("192.0.2.5"), kKnown);
    EXPECT_EQ(link.lookup("2001:db8:1::5"), "asked");
    EXPECT_EQ(link.due(), Told{"who has fe80::254? (fe80::1, to all)"});
    link.learn("192.0.2.6", kThird);
    EXPECT_EQ(link.lookup("192.0.2.6"), "known 02:00:00:00:00:03") << "the way it came";
    link.now += kReachableTime - 1s;
    link.learn("10.77.0.254");
    link.now += 1s;
    EXPECT_EQ(link.lookup("192.0.2.6"), kKnown) << "that is too long ago";
}

TEST(Neighbours, AreAskedForFromTheRightAddress) {
    Link link;
    EXPECT_EQ(link.lookup("2001:db8::9"), "asked");
    EXPECT_EQ(link.due(), Told{"who has 2001:db8::9? (2001:db8::1, to all)"});
    EXPECT_EQ(link.lookup("10.77.0.1"), "unreachable") << "that is us";
    Neighbours bare(kUs, 4);
    EXPECT_EQ(bare.lookup(Instant(), address("fe80::9")).outcome, Lookup::Outcome::Unreachable)
        << "without an address of our own nobody can answer";
}

TEST(Neighbours, DefendTheirAddress) {
    Link link;
    EXPECT_EQ(link.hear(answer(kThem, "10.77.0.1")), "10.77.0.1 is here (to all)");
    EXPECT_EQ(link.hear(answer(kThem, "10.77.0.1")), "") << "not in turns for ever";
    EXPECT_EQ(link.hear(question(kThem, "fe80::1", "fe80::9")), "fe80::1 is here (to all)");
    EXPECT_EQ(link.neighbours.counters().address_conflicts, 3u);
    EXPECT_EQ(link.neighbours.size(), 0u);
    link.now += kDefendInterval;
    EXPECT_EQ(link.hear(answer(kThem, "10.77.0.1")), "10.77.0.1 is here (to all)");
    EXPECT_EQ(link.hear(answer(kUs, "10.77.0.1")), "") << "we hear ourselves";
}

TEST(Neighbours, KeepAnswersWhileNoBufferIsFree) {
    Link link;
    for (std::size_t i = 0; i < kAnswersMax + 5; ++i)
        link.neighbours.on_frame(link.now,
                                 parse_frame(question(kThem, "10.77.0.2", "10.77.0.1"), {}));
    EXPECT_LE(link.neighbours.deadline(), link.now);
    EXPECT_EQ(link.due().size(), kAnswersMax);
    EXPECT_EQ(link.neighbours.counters().answers_dropped, 5u);
    EXPECT_EQ(link.neighbours.deadline(), kNever);
}

TEST(Neighbours, AreAskedForAnewWhenTheLinkIsBack) {
    Link link;
    link.learn("10.77.0.2");
    EXPECT_EQ(link.lookup("10.77.0.3"), "asked");
    link.neighbours.on_link(link.now, false);
    EXPECT_EQ(link.due(), Told{});
    link.neighbours.on_link(link.now, true);
    EXPECT_EQ(link.due().size(), 3u) << "announcements only";
    EXPECT_EQ(link.lookup("10.77.0.2"), kKnown);
    EXPECT_EQ(link.lookup("10.77.0.3"), "asked");
    EXPECT_EQ(link.due(), (Told{"who has 10.77.0.2? (10.77.0.1, to 02:00:00:00:00:02)",
                                "who has 10.77.0.3? (10.77.0.1, to all)"}));
}

}  // namespace
}  // namespace mcast::dpdk
