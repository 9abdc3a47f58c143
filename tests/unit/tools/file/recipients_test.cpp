#include "tools/mcast/file/recipients.hpp"

#include <gtest/gtest.h>

namespace mcast::cli {
namespace {

using namespace std::chrono_literals;

constexpr Duration kAbsence = 10s;
constexpr Instant kStart{100s};

Request request(std::uint64_t receiver, ReceiverState state, std::uint64_t end = 0) {
    Request made;
    made.receiver = receiver;
    made.state = state;
    made.end = end;
    return made;
}

TEST(Recipients, WhoOnlyLooksIsNone) {
    Recipients recipients(kAbsence);
    recipients.on_request("pad", PeerId{1}, request(0, ReceiverState::LOOKING));
    EXPECT_TRUE(recipients.all().empty());
    EXPECT_EQ(recipients.ready_count(), 0u);
}

TEST(Recipients, FinishedWhenAllAre) {
    Recipients recipients(kAbsence);
    recipients.on_request("a", PeerId{1}, request(11, ReceiverState::WANTING));
    recipients.on_request("b", PeerId{2}, request(12, ReceiverState::WANTING));
    EXPECT_EQ(recipients.ready_count(), 2u);
    EXPECT_FALSE(recipients.have_answered(1));
    recipients.on_request("a", PeerId{1}, request(11, ReceiverState::CHECKING, 1));
    EXPECT_FALSE(recipients.have_answered(1));
    recipients.on_request("b", PeerId{2}, request(12, ReceiverState::WANTING, 1));
    EXPECT_TRUE(recipients.have_answered(1));
    recipients.on_request("a", PeerId{1}, request(11, ReceiverState::COMPLETE));
    EXPECT_FALSE(recipients.are_finished(kStart));
    recipients.on_request("b", PeerId{2}, request(12, ReceiverState::FAILED));
    EXPECT_TRUE(recipients.are_finished(kStart));
    EXPECT_EQ(recipients.complete_count(), 1u);
}

TEST(Recipients, OneThatIsStartedAgainIsTheSame) {
    Recipients recipients(kAbsence);
    recipients.on_request("a", PeerId{1}, request(11, ReceiverState::WANTING));
    recipients.on_request("a", PeerId{5}, request(11, ReceiverState::WANTING));
    ASSERT_EQ(recipients.all().size(), 1u);
    // That the first run is gone is noticed later.
    recipients.on_gone(kStart, PeerId{1});
    EXPECT_EQ(recipients.active_count(), 1u);
}

TEST(Recipients, OneThatIsGoneIsWaitedForThatLong) {
    Recipients recipients(kAbsence);
    recipients.on_request("a", PeerId{1}, request(11, ReceiverState::RECEIVING));
    recipients.on_gone(kStart, PeerId{1});
    EXPECT_EQ(recipients.active_count(), 0u);
    EXPECT_TRUE(recipients.have_answered(1));
    EXPECT_FALSE(recipients.are_finished(kStart + kAbsence - 1ns));
    EXPECT_TRUE(recipients.are_finished(kStart + kAbsence));
    recipients.on_request("a", PeerId{1}, request(11, ReceiverState::RECEIVING));
    EXPECT_FALSE(recipients.are_finished(kStart + kAbsence));
}

TEST(Recipients, OneThatLeavesWhenItHasEverythingIsNotMissed) {
    Recipients recipients(kAbsence);
    recipients.on_request("a", PeerId{1}, request(11, ReceiverState::COMPLETE));
    recipients.on_gone(kStart, PeerId{1});
    EXPECT_EQ(recipients.complete_count(), 1u);
    EXPECT_TRUE(recipients.are_finished(kStart));
}

}  // namespace
}  // namespace mcast::cli
