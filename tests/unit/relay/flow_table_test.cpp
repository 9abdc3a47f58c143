#include "relay/flow_table.hpp"

#include <gtest/gtest.h>

#include "relay/repair_store.hpp"

namespace mcast::relay {
namespace {

using std::chrono::seconds;

detail::StreamKey key(std::uint64_t peer, std::uint64_t topic = 1) {
    return {PeerId{peer}, topic};
}

TEST(FlowTable, FindsWhatItHasAdded) {
    RouteStats stats;
    FlowTable flows(8, stats);
    Flow* flow = flows.find_or_add(Instant(seconds(1)), key(1));
    ASSERT_NE(flow, nullptr);
    EXPECT_EQ(flows.find_or_add(Instant(seconds(1)), key(1)), flow);
    EXPECT_EQ(flows.find(key(2)), nullptr);
    EXPECT_EQ(&flows.at(flow->slot), flow);
}

TEST(FlowTable, WhenFullTheIdlestMakesRoomButNobodyWhoSpeaks) {
    RouteStats stats;
    FlowTable flows(2, stats);
    flows.find_or_add(Instant(seconds(1)), key(1));
    flows.find_or_add(Instant(seconds(2)), key(2));
    EXPECT_EQ(flows.find_or_add(Instant(seconds(2)), key(3)), nullptr);
    EXPECT_NE(flows.find_or_add(Instant(seconds(3)), key(3)), nullptr);
    EXPECT_EQ(flows.find(key(1)), nullptr);
    EXPECT_NE(flows.find(key(2)), nullptr);
    EXPECT_EQ(flows.size(), 2u);
}

TEST(FlowTable, FindsAllOfManyAndTakesMemoryAsTheyCome) {
    RouteStats stats;
    FlowTable flows(10'000, stats);
    for (std::uint64_t i = 1; i <= 10'000; ++i)
        ASSERT_NE(flows.find_or_add(Instant(seconds(1)), key(i)), nullptr) << i;
    EXPECT_EQ(flows.find_or_add(Instant(seconds(1)), key(10'001)), nullptr);
    EXPECT_EQ(flows.size(), 10'000u);
    for (std::uint64_t i = 1; i <= 10'000; ++i)
        ASSERT_NE(flows.find(key(i)), nullptr) << i;
}

// The interface did not take it in time, and nobody is left to send it for.
TEST(FlowTable, CountsWhatWaitsInAFlowThatIsForgotten) {
    RouteStats stats;
    FlowTable flows(4, stats);
    alignas(8) std::byte bytes[8]{};
    BufferBlock block([](BufferBlock&) noexcept {});
    block.references = 1;
    Output& output = flows.find_or_add(Instant(seconds(1)), key(1))->outputs.emplace_back();
    output.waiting = Buffer(block, bytes, 8, 8);
    flows.erase_of(PeerId{1});
    EXPECT_EQ(stats.at(0).dropped[static_cast<std::size_t>(CarryDrop::Stale)], 1u);
}

TEST(FlowTable, ForgetsThoseOfAPeer) {
    RouteStats stats;
    FlowTable flows(4, stats);
    for (std::uint64_t topic = 1; topic <= 3; ++topic)
        flows.find_or_add(Instant(seconds(1)), key(topic == 3 ? 2 : 1, topic));
    flows.erase_of(PeerId{1});
    EXPECT_EQ(flows.size(), 1u);
    EXPECT_NE(flows.find(key(2, 3)), nullptr);
}

struct Slot : BufferBlock {
    Slot()
        : BufferBlock([](BufferBlock& block) noexcept { ++static_cast<Slot&>(block).returned; }) {}
    Buffer lend() {
        references = 1;
        return {*this, bytes, 8, 8};
    }
    alignas(8) std::byte bytes[8]{};
    int returned = 0;
};

TEST(RepairStore, HoldsTheNewestAndGivesTheOthersBack) {
    Slot slots[3];
    RepairStore store(2);
    for (std::uint64_t i = 0; i < 3; ++i)
        store.hold(key(4, 1), 10 + i, slots[i].lend());
    EXPECT_EQ(slots[0].returned, 1);
    EXPECT_FALSE(store.find(key(4, 1), 10));
    EXPECT_EQ(store.find(key(4, 1), 11).data(), slots[1].bytes);
    EXPECT_FALSE(store.find(key(5, 1), 11));
    EXPECT_EQ(store.size(), 2u);
    store.hold(key(4, 1), 12, slots[2].lend());  // is there already
    EXPECT_EQ(store.find(key(4, 1), 11).data(), slots[1].bytes);
    store.clear();
    EXPECT_EQ(slots[1].returned, 1);
    EXPECT_EQ(store.size(), 0u);
}

}  // namespace
}  // namespace mcast::relay
