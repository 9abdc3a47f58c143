// The machines of a reliable sender: who has what, what is repaired when, how fast, when it tells
// where it stands.
#include <gtest/gtest.h>

#include "mcast/buffer_pool.hpp"
#include "protocol/heartbeat_timer.hpp"
#include "protocol/pace.hpp"
#include "protocol/receiver_table.hpp"
#include "protocol/repair_queue.hpp"
#include "protocol/round_trip.hpp"

namespace mcast::protocol {
namespace {

using std::chrono::microseconds;

constexpr Instant at(std::int64_t us) {
    return Instant{} + std::chrono::hours(1) + microseconds(us);
}

TEST(RoundTrip, TimesOutLaterTheMoreItVaries) {
    RoundTrip round_trip;
    EXPECT_EQ(round_trip.timeout(), kRetryInitial);
    round_trip.on_sample(milliseconds(4));
    EXPECT_EQ(round_trip.smoothed(), milliseconds(4));
    EXPECT_EQ(round_trip.timeout(), milliseconds(12));
    for (int i = 0; i < 100; ++i)
        round_trip.on_sample(milliseconds(4));
    EXPECT_LT(round_trip.timeout(), milliseconds(5));
    round_trip.on_sample(milliseconds(40));
    EXPECT_GT(round_trip.timeout(), milliseconds(20));
    round_trip.on_sample(Duration(-5));
    EXPECT_GT(round_trip.smoothed(), milliseconds(4));
}

TEST(HeartbeatTimer, IsQuickAfterDataAndBacksOff) {
    HeartbeatTimer timer;
    EXPECT_EQ(timer.deadline(), kNever);
    timer.on_data(at(0));
    EXPECT_EQ(timer.deadline(), at(1000));
    timer.on_sent(at(1000), false);
    EXPECT_EQ(timer.deadline(), at(3000));
    timer.on_sent(at(3000), false);
    EXPECT_EQ(timer.deadline(), at(7000));
    timer.on_data(at(5000));
    EXPECT_EQ(timer.deadline(), at(6000));
    for (int i = 0; i < 20; ++i)
        timer.on_sent(at(0), false);
    EXPECT_EQ(timer.deadline(), at(0) + kHeartbeatMax);
    timer.on_sent(at(0), true);
    EXPECT_EQ(timer.deadline(), kNever);
}

TEST(ReceiverTable, WaitsForTheSlowestThatIsUp) {
    ReceiverTable table(3);
    Receiver* const a = table.add(PeerId{1}, 1, 0);
    Receiver* const b = table.add(PeerId{2}, 5, 2);
    ASSERT_NE(a, nullptr);
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(table.acknowledged_next(50), 1u);
    table.on_report(*a, {30, 330, 0, 0, 0, {}}, 50);
    table.on_report(*b, {20, 140, 3, 1, 0, {}}, 50);
    EXPECT_EQ(table.acknowledged_next(50), 20u);
    EXPECT_EQ(table.slowest(true), b);
    b->lagging = true;
    EXPECT_EQ(table.acknowledged_next(50), 30u);
    a->live = false;
    EXPECT_EQ(table.slowest(false), nullptr);
    EXPECT_EQ(table.acknowledged_next(50), 50u);
}

TEST(ReceiverTable, ReportsNeverTakeBackNorPromiseTooMuch) {
    ReceiverTable table(1);
    Receiver& receiver = *table.add(PeerId{1}, 1, 0);
    table.on_report(receiver, {1000, 2000, 0, 0, 0, {}}, 50);
    EXPECT_EQ(receiver.next, 50u);  // no more than was sent
    table.on_report(receiver, {10, 20, 0, 0, 0, {}}, 50);
    EXPECT_EQ(receiver.next, 50u);
    EXPECT_EQ(receiver.limit, 2000u);
    EXPECT_FALSE(table.on_report(receiver, {50, 2000, 0, 0, 0, {}}, 50));
    EXPECT_TRUE(table.on_report(receiver, {50, 2000, 0, 0, 7, {}}, 50));
    EXPECT_FALSE(table.on_report(receiver, {50, 2000, 0, 0, 7, {}}, 50));
    EXPECT_EQ(table.add(PeerId{2}, 1, 0), nullptr);
}

TEST(ReceiverTable, OverrunsCountFromTheFirstReportOnAndWhileItIsWaitedFor) {
    ReceiverTable table(1);
    Receiver& receiver = *table.add(PeerId{1}, 1, 0);
    const auto report = [&](std::uint64_t overruns) {
        return table.on_report(receiver, {1, 2, 0, 0, overruns, {}}, 50);
    };
    // What its kernel dropped before was nothing of ours.
    EXPECT_FALSE(report(1000));
    EXPECT_FALSE(report(1000));
    EXPECT_TRUE(report(1001));
    receiver.lagging = true;
    EXPECT_FALSE(report(1002));
    receiver.lagging = false;
    EXPECT_FALSE(report(1002));
    EXPECT_TRUE(report(1003));
    EXPECT_EQ(receiver.overruns, 1003u);
}

TEST(ReceiverTable, ForgetsThoseThatAreNoLongerWanted) {
    ReceiverTable table(4);
    for (std::uint64_t i = 1; i <= 4; ++i)
        table.add(PeerId{i}, i, 0)->wanted = i % 2 == 0;
    table.sweep();
    EXPECT_EQ(table.size(), 2u);
    EXPECT_EQ(table.find(PeerId{1}), nullptr);
    EXPECT_EQ(table.find(PeerId{3}), nullptr);
    ASSERT_NE(table.find(PeerId{2}), nullptr);
    EXPECT_EQ(table.find(PeerId{4})->begin, 4u);
    table.sweep();
    EXPECT_TRUE(table.empty());
}

struct Repairs {
    BufferPool pool{8, 64};
    SendHistory history{8, 1};
    RepairQueue queue{8};

    Repairs() {
        for (int i = 0; i < 8; ++i)
            history.push(pool.allocate(), 1, true);
    }
    bool request(Instant now, std::uint64_t sequence, std::uint32_t requester, Duration delay = {},
                 Duration quiet = {}) {
        return queue.on_request(now, sequence, *history.find(sequence), requester, delay, quiet);
    }
};

TEST(RepairQueue, MergesRequestsForTheSame) {
    Repairs repairs;
    EXPECT_TRUE(repairs.request(at(0), 3, 0, microseconds(50)));
    EXPECT_TRUE(repairs.request(at(10), 3, 0, microseconds(50)));
    EXPECT_EQ(repairs.history.find(3)->requester, 0u);
    EXPECT_TRUE(repairs.request(at(20), 3, 1, microseconds(50)));
    EXPECT_EQ(repairs.history.find(3)->requester, RepairQueue::kSeveral);
    EXPECT_EQ(repairs.queue.deadline(), at(50));
    EXPECT_EQ(repairs.queue.pop_due(at(49)), 0u);
    EXPECT_EQ(repairs.queue.pop_due(at(50)), 3u);
    EXPECT_TRUE(repairs.queue.empty());
}

TEST(RepairQueue, WhatIsOnItsWayIsNotSentAgain) {
    Repairs repairs;
    repairs.history.find(2)->repaired_at = at(100);
    EXPECT_FALSE(repairs.request(at(130), 2, 0, {}, microseconds(50)));
    EXPECT_TRUE(repairs.request(at(150), 2, 0, {}, microseconds(50)));
}

TEST(RepairBudget, IsAShareOfTheRate) {
    RepairBudget budget;
    std::uint64_t sent = 0;
    for (std::int64_t us = 0; us < 1'000'000; us += 10)
        while (budget.take(at(us), 100'000.0))
            ++sent;
    const double allowed = 100'000.0 * kRepairShare;
    EXPECT_NEAR(static_cast<double>(sent), allowed + kRepairBurst, allowed * 0.01);
    EXPECT_GT(budget.ready_at(), at(999'990));
}

TEST(RepairBudget, SomeMayAlwaysBeSent) {
    RepairBudget budget;
    std::uint64_t sent = 0;
    for (std::int64_t us = 0; us < 1'000'000; us += 100)
        while (budget.take(at(us), 0.0))
            ++sent;
    EXPECT_NEAR(static_cast<double>(sent), kRepairRateMin + kRepairBurst, 20.0);
}

// Sends whatever is allowed in each step of 100 us, up to `wanted` datagrams a second.
double run_pace(Pace& pace, std::int64_t from_us, std::int64_t to_us, double wanted) {
    std::uint64_t sent = 0;
    double due = 0;
    for (std::int64_t us = from_us; us < to_us; us += 100) {
        due += wanted / 10'000.0;
        for (; due >= 1.0 && pace.may_send(at(us)); due -= 1.0, ++sent)
            pace.on_sent(at(us), 1);
        due = std::min(due, wanted / 1000.0);
    }
    return static_cast<double>(sent) * 1e6 / static_cast<double>(to_us - from_us);
}

TEST(Pace, IsFreeUntilAKernelDrops) {
    Pace pace;
    EXPECT_NEAR(run_pace(pace, 0, 200'000, 50'000), 50'000, 1000);
    EXPECT_TRUE(pace.is_free());
    pace.on_overrun(at(200'000));
    EXPECT_FALSE(pace.is_free());
    EXPECT_NEAR(pace.rate(), 50'000 * kPaceCut, 2500);
    EXPECT_LT(run_pace(pace, 200'000, 240'000, 50'000), 50'000 * 0.85);
}

TEST(Pace, FollowsWhatIsTakenAndFindsBack) {
    Pace pace;
    run_pace(pace, 0, 100'000, 100'000);
    // A receiver that takes 20,000 a second says so each time that it gets more.
    std::int64_t us = 100'000;
    for (; us < 2'100'000; us += 25'000)
        if (run_pace(pace, us, us + 25'000, 100'000) > 20'000) pace.on_overrun(at(us + 25'000));
    const double limited = run_pace(pace, us, us + 200'000, 100'000);
    EXPECT_LT(limited, 40'000);
    EXPECT_GT(limited, 8'000);
    run_pace(pace, us + 200'000, us + 4'000'000, 100'000);
    EXPECT_TRUE(pace.is_free());
}

}  // namespace
}  // namespace mcast::protocol
