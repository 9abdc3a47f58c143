// In the steady state nothing is allocated, whatever becomes of a datagram.

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "tests/support/allocation_count.hpp"
#include "tests/unit/relay/foreign_world.hpp"

using namespace mcast;
using namespace mcast::relay;
using namespace std::chrono_literals;

namespace {

// Always the same three senders, each with something new.
class Stream final : public PlainSockets {
public:
    [[nodiscard]] const PlainCapabilities& capabilities() const override { return able_; }
    Result<PlainSocketId> listen(const Interface& interface, const Endpoint&) override {
        if (interface.index.value == 1) listener_ = {next_};
        return PlainSocketId{next_++};
    }
    Result<PlainSocketId> lend(const Interface&, Family) override { return PlainSocketId{next_++}; }
    void close(PlainSocketId) override {}
    void set_mtu(InterfaceIndex, std::size_t) override {}
    std::size_t receive(std::span<PlainArrival> batch) override {
        if (count == 0) return 0;
        --count;
        ++number_;
        std::memcpy(payload_.data(), &number_, sizeof(number_));
        batch[0] = {};
        batch[0].socket = listener_;
        batch[0].interface = {1};
        batch[0].source = {Address::ipv4(10, 0, 0, 1), static_cast<std::uint16_t>(1 + number_ % 3)};
        batch[0].destination = kSsdp;
        batch[0].ttl = static_cast<std::uint8_t>(1 + number_ % 2);
        batch[0].payload = payload_;
        return 1;
    }
    void send(std::span<PlainDeparture> batch) override {
        for (PlainDeparture& departure : batch)
            departure.error = sent++ % 7 == 0 ? EMSGSIZE : 0;
    }
    [[nodiscard]] std::uint64_t dropped(PlainSocketId) const override { return 0; }

    std::size_t count = 0;
    std::size_t sent = 0;

private:
    PlainCapabilities able_;
    PlainSocketId listener_;
    std::uint64_t next_ = 1;
    std::uint64_t number_ = 0;
    std::array<std::byte, 200> payload_{};
};

}  // namespace

TEST(ForeignAllocation, NoneInTheSteadyState) {
    Stream sockets;
    ForeignRelay relay({}, sockets, nullptr, nullptr);
    PlainMachine machine;  // for its interfaces
    std::deque<PlainLan> lans(2);
    machine.attach(lans[0], 1, 0, 1);
    machine.attach(lans[1], 2, 1, 1);
    relay.on_interfaces(machine.interfaces());
    ForeignRoute route = both_ways(kSsdp);
    route.rate = 1000;
    relay.set_routes({route});
    Instant now = kStart;
    const auto run = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            sockets.count = 1;
            relay.poll(now);
            now += 1ms;
        }
    };
    run(3000);
    const test::AllocationCount allocations;
    run(100'000);
    EXPECT_EQ(allocations.since(), 0u);
    EXPECT_GT(sockets.sent, 40'000u);
}
