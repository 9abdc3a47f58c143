#include "tests/unit/transports/sim_station.hpp"

namespace mcast::sim {
namespace {

class SimWait : public ::testing::Test {
protected:
    SimWait() { receiver.join(); }

    Lan lan{1};
    Station sender{lan.host("sender", {{}})};
    Station receiver{lan.host("receiver", {{}})};
    const Instant start = lan.now();
};

TEST_F(SimWait, MovesTimeToTheDeadline) {
    EXPECT_EQ(receiver.host.clock->now(), start);
    receiver.transport().wait(start + 5ms);
    EXPECT_EQ(lan.now(), start + 5ms);
    receiver.transport().wait(start);
    EXPECT_EQ(lan.now(), start + 5ms) << "time never goes back";
}

TEST_F(SimWait, EndsWithAnArrival) {
    sender.send("x");
    receiver.transport().wait(start + 5ms);
    EXPECT_EQ(lan.now(), start + 50us);
    receiver.transport().wait(start + 5ms);
    EXPECT_EQ(lan.now(), start + 50us) << "something can be received";
    EXPECT_EQ(receiver.texts(), Texts{"x"});
    receiver.transport().wait(start + 5ms);
    EXPECT_EQ(lan.now(), start + 5ms);
}

TEST_F(SimWait, DeliversToOthersOnTheWay) {
    sender.send("x");
    sender.transport().wait(start + 5ms);
    EXPECT_EQ(lan.now(), start + 5ms);
    EXPECT_EQ(receiver.texts(), Texts{"x"});
}

TEST_F(SimWait, WakeEndsThisWaitOrTheNext) {
    receiver.transport().wake();
    receiver.transport().wake();
    receiver.transport().wait(start + 5ms);
    EXPECT_EQ(lan.now(), start);
    receiver.transport().wait(start + 5ms);
    EXPECT_EQ(lan.now(), start + 5ms);
}

TEST_F(SimWait, AChangeOfInterfacesEndsIt) {
    lan.interface_down("receiver", "eth0");
    receiver.transport().wait(start + 5ms);
    EXPECT_EQ(lan.now(), start);
    receiver.transport().wait(start + 5ms);
    EXPECT_EQ(lan.now(), start + 5ms);
}

TEST_F(SimWait, ForeverWithNothingUnderWayReturns) {
    receiver.transport().wait(kNever);
    EXPECT_EQ(lan.now(), start);
    sender.send("x");
    receiver.transport().wait(kNever);
    EXPECT_EQ(lan.now(), start + 50us);
}

TEST_F(SimWait, TimeIsTheSameForAllAndOnTheWall) {
    const WallTime wall = sender.host.clock->wall_now();
    lan.advance(3s);
    EXPECT_EQ(receiver.host.clock->wall_now(), wall + 3s);
    EXPECT_EQ(sender.host.clock->now(), receiver.host.clock->now());
    lan.advance_to(start);
    EXPECT_EQ(lan.now(), start + 3s);
}

TEST(SimQueue, IsBoundedAndCountsWhatItDrops) {
    Lan lan(1, {.receive_queue_max = 10});
    Station sender(lan.host("sender", {{}}));
    Station receiver(lan.host("receiver", {{}}));
    receiver.join();
    for (int i = 0; i < 15; ++i)
        sender.send(std::to_string(i));
    lan.advance(1ms);
    EXPECT_EQ(receiver.transport().counters(receiver.index()).receive_dropped, 5u);
    EXPECT_EQ(lan.counters().overflowed, 5u);
    EXPECT_EQ(lan.counters().delivered, 10u);
    const Texts texts = receiver.texts();
    ASSERT_EQ(texts.size(), 10u);
    EXPECT_EQ(texts.back(), "9") << "the newest is dropped, as a socket does";
    EXPECT_EQ(receiver.transport().counters(receiver.index()).received_datagrams, 10u);
}

TEST(SimQueue, HeldBuffersStopReceiveButNotTime) {
    Lan lan(1, {.transmit_buffer_count = 2, .receive_buffer_count = 3});
    Station sender(lan.host("sender", {{}}));
    Station receiver(lan.host("receiver", {{}}));
    receiver.join();
    EXPECT_EQ(receiver.transport().capabilities().receive_buffer_count, 3u);
    for (int i = 0; i < 5; ++i)
        sender.send(std::to_string(i));
    lan.advance(1ms);
    std::array<Datagram, 8> held;
    EXPECT_EQ(receiver.transport().receive(held), 3u);
    EXPECT_EQ(receiver.transport().receive_buffers_free(), 0u);
    for (const Datagram& datagram : std::span(held).first(3)) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(datagram.buffer.data()) % 8, 0u);
    }
    const Instant before = lan.now();
    receiver.transport().wait(before + 1ms);
    EXPECT_EQ(lan.now(), before + 1ms) << "receive() would give nothing";
    held[0].buffer.reset();
    EXPECT_EQ(receiver.texts(), (Texts{"3", "4"}));
}

TEST(SimQueue, TransmitBuffersComeBackWhenDropped) {
    Lan lan(1, {.transmit_buffer_count = 2});
    Station sender(lan.host("sender", {{}}));
    Buffer first = sender.transport().allocate();
    Buffer second = sender.transport().allocate();
    EXPECT_EQ(first.size(), 0u);
    EXPECT_EQ(first.capacity() >= 1472, true);
    EXPECT_FALSE(sender.transport().allocate());
    first.reset();
    EXPECT_TRUE(sender.transport().allocate());
}

TEST(SimQueue, ABatchIsFilledAndPrefixesAreLeftForLater) {
    Lan lan(1);
    Station sender(lan.host("sender", {{}}));
    Station receiver(lan.host("receiver", {{}}));
    receiver.join();
    for (int i = 0; i < 3; ++i)
        sender.send(std::to_string(i));
    lan.advance(1ms);
    std::array<Datagram, 2> batch;
    EXPECT_EQ(receiver.transport().receive(batch), 2u);
    EXPECT_EQ(receiver.transport().receive(batch), 1u);
    EXPECT_EQ(receiver.transport().receive(batch), 0u);
}

TEST(SimQueueDeathTest, ALiveNameIsNotTakenTwice) {
    Lan lan(1);
    Station first(lan.host("pc", {{}}));
    EXPECT_DEATH({ Host host = lan.host("pc", {{}}); }, "join_host");
    EXPECT_DEATH(lan.partition("pc", "typo"), "no simulated host has this name");
}

}  // namespace
}  // namespace mcast::sim
