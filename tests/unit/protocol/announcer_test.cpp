#include "protocol/announcer.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <set>
#include <vector>

#include "protocol/limits.hpp"

namespace mcast::protocol {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{std::chrono::hours(1)};

struct Sent {
    Duration after{};  // the one before
    bool wants_reply = false;
};

// Announces whenever it is due, so many times.
std::vector<Sent> run(Announcer& announcer, Random& random, std::size_t count) {
    std::vector<Sent> sent;
    Instant before = announcer.deadline();
    for (std::size_t i = 0; i < count; ++i) {
        const Instant now = announcer.deadline();
        sent.push_back({now - before, announcer.on_deadline(now, random).wants_reply});
        before = now;
    }
    return sent;
}

void expect_spread(Duration actual, Duration planned) {
    EXPECT_GE(actual, planned * 3 / 4 - 1ns);
    EXPECT_LE(actual, planned * 5 / 4 + 1ns);
}

TEST(Announcer, SaysNothingBeforeItsStart) {
    EXPECT_EQ(Announcer(1s).deadline(), kNever);
}

TEST(Announcer, BeginsWithABurstThatAsksForReplies) {
    Random random(1);
    Announcer announcer(1s);
    announcer.start(kStart);
    EXPECT_EQ(announcer.deadline(), kStart);
    const auto sent = run(announcer, random, 6);
    for (std::size_t i = 0; i < std::size(kBurstGaps); ++i) {
        EXPECT_TRUE(sent[i].wants_reply) << i;
        expect_spread(sent[i + 1].after, kBurstGaps[i]);
    }
    EXPECT_FALSE(sent[3].wants_reply);
    expect_spread(sent[4].after, 1s);
    expect_spread(sent[5].after, 1s);
}

TEST(Announcer, BurstsAnewWhenItStartsAgain) {
    Random random(1);
    Announcer announcer(1s);
    announcer.start(kStart);
    run(announcer, random, 10);
    announcer.start(kStart + 1h);
    EXPECT_EQ(announcer.deadline(), kStart + 1h);
    EXPECT_TRUE(announcer.on_deadline(kStart + 1h, random).wants_reply);
}

TEST(Announcer, JittersWithinItsBounds) {
    Random random(2);
    Announcer announcer(1s);
    announcer.start(kStart);
    run(announcer, random, 4);
    std::set<Duration> gaps;
    for (const Sent& sent : run(announcer, random, 400)) {
        if (sent.after == 0ns) continue;  // the first has none before it
        EXPECT_GE(sent.after, 750ms);
        EXPECT_LE(sent.after, 1250ms);
        gaps.insert(sent.after);
    }
    // To either side, and hardly ever the same.
    EXPECT_LT(*gaps.begin(), 800ms);
    EXPECT_GT(*gaps.rbegin(), 1200ms);
    EXPECT_GT(gaps.size(), 350u);
}

TEST(Announcer, TellsAnIntervalThatItKeeps) {
    Random random(3);
    Announcer announcer(1s);
    announcer.start(kStart);
    for (int i = 0; i < 200; ++i) {
        const Instant now = announcer.deadline();
        const auto announcement = announcer.on_deadline(now, random);
        EXPECT_LE(announcer.deadline() - now, announcement.interval);
    }
}

TEST(Announcer, IsNotFasterThanItsLimit) {
    EXPECT_EQ(Announcer(1ms).interval(), kAnnounceIntervalMin);
    EXPECT_EQ(Announcer(0s).interval(), kAnnounceIntervalMin);
}

TEST(Announcer, SlowsDownWithPeersAndBytes) {
    Announcer announcer(1s);
    announcer.on_population(10, 300);
    EXPECT_EQ(announcer.interval(), 1s);
    Duration previous = announcer.interval();
    for (const std::size_t peers : {500u, 1000u, 10'000u}) {
        announcer.on_population(peers, 300);
        EXPECT_GT(announcer.interval(), previous);
        previous = announcer.interval();
        // All together stay under the regular share of the bandwidth.
        const double seconds = std::chrono::duration<double>(announcer.interval()).count();
        EXPECT_LE(static_cast<double>(peers) * 300 / seconds, kRegularBandwidth);
    }
    announcer.on_population(10'000, 600);
    EXPECT_GT(announcer.interval(), previous);
    announcer.on_population(1, 300);
    EXPECT_EQ(announcer.interval(), 1s);
}

TEST(Announcer, WaitsLongerWhenACrowdComesUp) {
    Random random(4);
    Announcer announcer(1s);
    announcer.start(kStart);
    run(announcer, random, 5);
    const Instant planned = announcer.deadline();
    announcer.on_population(10'000, 300);
    EXPECT_GT(announcer.deadline(), planned);
}

TEST(Announcer, AnswersANewcomerSoon) {
    Random random(5);
    Announcer announcer(1s);
    announcer.start(kStart);
    run(announcer, random, 5);
    announcer.on_population(1, 300);
    const Instant now = announcer.deadline() - 500ms;
    announcer.on_newcomer(now, random);
    EXPECT_GE(announcer.deadline(), now);
    EXPECT_LE(announcer.deadline(), now + kReplyWindowMin);
    // The answer asks nothing in return: two nodes would never end.
    EXPECT_FALSE(announcer.on_deadline(announcer.deadline(), random).wants_reply);
}

TEST(Announcer, SpreadsAnswersOverAWindowThatGrowsWithPeers) {
    Instant latest = kStart;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Random random(seed);
        Announcer announcer(1s);
        announcer.start(kStart - 10s);
        run(announcer, random, 4);
        announcer.on_population(50, 100);
        while (announcer.deadline() < kStart + 100ms)
            announcer.on_deadline(announcer.deadline(), random);
        announcer.on_newcomer(kStart, random);
        EXPECT_LE(announcer.deadline(), kStart + 51 * kReplyWindowPerPeer);
        latest = std::max(latest, announcer.deadline());
    }
    EXPECT_GT(latest, kStart + 20ms);
}

TEST(Announcer, DoesNotPutOffWhatIsDueSooner) {
    Announcer announcer(1s);
    announcer.start(kStart);
    const Instant due = announcer.deadline();
    announcer.on_change(due - 1ms);
    EXPECT_EQ(announcer.deadline(), due);
}

// How many of `asked` newcomers at one instant, each answered at once, get an answer.
std::size_t answers(Announcer& announcer, Random& random, Instant now, int asked) {
    std::size_t answered = 0;
    for (int i = 0; i < asked; ++i) {
        const Instant planned = announcer.deadline();
        announcer.on_change(now);
        if (announcer.deadline() == planned) continue;
        ++answered;
        announcer.on_deadline(announcer.deadline(), random);
    }
    return answered;
}

TEST(Announcer, AnswersNoMoreThanItsBudget) {
    Random random(7);
    Announcer announcer(1s);
    announcer.start(kStart);
    run(announcer, random, 5);
    const Instant now = announcer.deadline() - 500ms;
    EXPECT_EQ(answers(announcer, random, now, 1000), kReplyBurst);
    // One more for each interval that passes.
    run(announcer, random, 1);
    EXPECT_EQ(answers(announcer, random, now + 1s, 1000), 1u);
}

TEST(Announcer, AnswersOnceInACrowd) {
    Random random(8);
    Announcer announcer(1s);
    announcer.start(kStart);
    run(announcer, random, 5);
    announcer.on_population(kCrowd, 100);
    EXPECT_EQ(answers(announcer, random, announcer.deadline() - 500ms, 1000), kReplyBurstCrowded);
}

TEST(Announcer, AsksAStrangerToAnnounceItself) {
    Random random(9);
    Announcer announcer(1s);
    announcer.start(kStart);
    run(announcer, random, 5);
    const Instant now = announcer.deadline() - 500ms;
    announcer.on_stranger(now, random);
    EXPECT_LE(announcer.deadline(), now + kReplyWindowMin);
    EXPECT_TRUE(announcer.on_deadline(announcer.deadline(), random).wants_reply);
    EXPECT_FALSE(announcer.on_deadline(announcer.deadline(), random).wants_reply);
}

TEST(Announcer, CollectsChangesForAMoment) {
    Random random(10);
    Announcer announcer(1s);
    announcer.start(kStart);
    run(announcer, random, 5);
    const Instant now = announcer.deadline() - 500ms;
    announcer.on_change(now);
    EXPECT_EQ(announcer.deadline(), now + kChangeDelay);
    announcer.on_change(now + 2ms);
    EXPECT_EQ(announcer.deadline(), now + kChangeDelay);
}

}  // namespace
}  // namespace mcast::protocol
