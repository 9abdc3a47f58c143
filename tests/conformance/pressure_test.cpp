// A link that is slower than its sender. Root only, since the queue is set up for it.

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/conformance/conformance_test.hpp"
#include "tests/conformance/veth_world.hpp"

namespace mcast::conformance {

namespace {

std::vector<int> instances() {
    return ::geteuid() == 0 ? std::vector<int>{0} : std::vector<int>{};
}

// Of different sizes, so that some travel in runs and some alone.
std::string text_of(std::size_t number) {
    std::string text = std::to_string(number) + " ";
    text.resize(number % 7 < 5 ? kDatagramMax : 100 + number % 900, 'x');
    return text;
}

class Pressure : public testing::TestWithParam<int> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Pressure);

// A full send buffer makes prefixes, and never a datagram that is lost, repeated or overtaken.
TEST_P(Pressure, ABusyDeviceTakesPrefixesAndLosesNothing) {
    const VethPair pair;
    // It holds more than a send buffer, so that it is that buffer which runs full.
    pair.host(Place::Here).run("tc qdisc add dev veth0 root tbf rate 20mbit burst 20kb limit 16mb");
    VethWorld world(pair);
    Station from = world.station(Place::Here);
    ASSERT_TRUE(from.transport().attach(from.interface));
    Station at = world.station(Place::There);
    const Group group = group_of(Family::Ipv4, 1, world.port());
    ASSERT_TRUE(at.transport().attach(at.interface));
    ASSERT_TRUE(at.transport().join(group, at.index()));

    constexpr std::size_t kCount = 1000;
    std::vector<std::string> expected;
    std::vector<std::string> arrived;
    std::size_t prefixes = 0;
    const Instant deadline = from.clock().now() + 4 * kPatience;
    while (arrived.size() < kCount && from.clock().now() < deadline) {
        std::vector<Datagram> batch;
        while (batch.size() < kTransmitBuffers && expected.size() < kCount) {
            expected.push_back(text_of(expected.size()));
            batch.push_back(datagram_for(from, group, Way::Multicast, expected.back()));
        }
        const std::size_t sent = batch.empty() ? 0 : from.transport().send(batch);
        if (sent < batch.size()) ++prefixes;
        expected.resize(expected.size() - (batch.size() - sent));
        batch.clear();
        for (const Arrival& arrival : receive_now(at))
            arrived.push_back(arrival.text);
    }
    EXPECT_GT(prefixes, 0u) << "the device was never busy";
    EXPECT_EQ(arrived, expected);
    const TransportCounters counters = from.transport().counters(from.index());
    EXPECT_EQ(counters.send_errors, 0u) << counters.last_send_error;
    EXPECT_EQ(counters.sent_datagrams, kCount);
}

INSTANTIATE_TEST_SUITE_P(Root, Pressure, testing::ValuesIn(instances()));

}  // namespace

}  // namespace mcast::conformance
