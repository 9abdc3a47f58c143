// When a spinning receiver has one socket asked by itself.

#include "transports/socket/favourite.hpp"

#include <gtest/gtest.h>

#include "transports/socket/receiver.hpp"

namespace mcast::socket {

namespace {

using std::chrono::microseconds;

class Favourites : public testing::Test {
protected:
    static Receiver make() {
        SocketPlan plan;
        plan.interface = InterfaceIndex{1};
        plan.interface_name = "lo";
        static TransportCounters counters;
        return Receiver(PinnedSocket::open(plan).value(), Receiver::Role::Unicast, plan.interface,
                        counters);
    }
    void arrive(Receiver& receiver, unsigned times = Favourite::kArrivalsMin) {
        for (unsigned i = 0; i < times; ++i)
            favourite_.on_arrival(receiver);
    }
    // Returns so often for nothing, a microsecond apart.
    void spin(unsigned times = Favourite::kReturnsMin + 1, bool looked = true) {
        for (unsigned i = 0; i < times; ++i)
            favourite_.on_nothing(now_ += microseconds(1), looked);
    }

    Receiver one_ = make();
    Receiver other_ = make();
    Favourite favourite_;
    Instant now_ = Instant{} + std::chrono::seconds(1);
};

TEST_F(Favourites, NobodyIsAloneWithoutArrivals) {
    spin(1000);
    EXPECT_EQ(favourite_.alone(), nullptr);
}

TEST_F(Favourites, WhatArrivesAgainAndAgainIsAskedAloneByWhoSpins) {
    arrive(one_);
    spin();
    EXPECT_EQ(favourite_.alone(), &one_);
}

TEST_F(Favourites, AfterAnArrivalAllAreLookedAtOnce) {
    arrive(one_);
    spin();
    favourite_.on_arrival(one_);
    EXPECT_EQ(favourite_.alone(), nullptr);
    spin(1);
    EXPECT_EQ(favourite_.alone(), &one_);
}

TEST_F(Favourites, AllAreLookedAtAfterTheInterval) {
    arrive(one_);
    spin();
    ASSERT_EQ(favourite_.alone(), &one_);
    spin(Favourite::kLookInterval / microseconds(1) - 1, false);
    EXPECT_EQ(favourite_.alone(), &one_);
    spin(1, false);
    EXPECT_EQ(favourite_.alone(), nullptr);
    spin(1);
    EXPECT_EQ(favourite_.alone(), &one_);
}

TEST_F(Favourites, WhoPausesLooksAtAll) {
    arrive(one_);
    spin();
    now_ += Favourite::kPauseMin;
    spin(1);
    EXPECT_EQ(favourite_.alone(), nullptr);
    spin();
    EXPECT_EQ(favourite_.alone(), &one_);
    favourite_.on_pause();
    EXPECT_EQ(favourite_.alone(), nullptr);
}

TEST_F(Favourites, TwoInTurnHaveNoFavourite) {
    for (int i = 0; i < 100; ++i) {
        arrive(one_, 1);
        spin();
        ASSERT_EQ(favourite_.alone(), nullptr);
        arrive(other_, 1);
        spin();
        ASSERT_EQ(favourite_.alone(), nullptr);
    }
}

TEST_F(Favourites, OneThatIsClosedIsForgotten) {
    arrive(one_);
    spin();
    favourite_.forget(other_);
    EXPECT_EQ(favourite_.alone(), &one_);
    favourite_.forget(one_);
    EXPECT_EQ(favourite_.alone(), nullptr);
    spin();
    EXPECT_EQ(favourite_.alone(), nullptr);
}

}  // namespace

}  // namespace mcast::socket
