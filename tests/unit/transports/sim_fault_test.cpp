#include <set>
#include <string>

#include "base/random.hpp"
#include "tests/unit/transports/sim_station.hpp"

namespace mcast::sim {
namespace {

// Sends numbered datagrams, one every 100 µs, and returns what the receiver made of them.
std::vector<Received> run(Lan& lan, Station& sender, Station& receiver, int count) {
    std::vector<Received> all;
    for (int number = 0; number < count; ++number) {
        sender.send("datagram " + std::to_string(number));
        lan.advance(100us);
        for (Received& received : receiver.receive())
            all.push_back(std::move(received));
    }
    lan.advance(1s);
    for (Received& received : receiver.receive())
        all.push_back(std::move(received));
    return all;
}

struct Pair {
    explicit Pair(std::uint64_t seed, const Faults& faults) : lan(seed) {
        lan.set_faults("lan", faults);
        receiver.join();
    }
    Lan lan;
    Station sender{lan.host("sender", {{}})};
    Station receiver{lan.host("receiver", {{}})};
};

constexpr Faults kEverything{.loss = 0.1,
                             .duplicate = 0.1,
                             .corrupt = 0.1,
                             .reorder = 0.2,
                             .jitter = std::chrono::milliseconds(1)};

TEST(SimFaults, TheSameSeedGivesTheSameRun) {
    Pair first(7, kEverything);
    Pair second(7, kEverything);
    Pair other(8, kEverything);
    const std::vector<Received> expected = run(first.lan, first.sender, first.receiver, 500);
    EXPECT_EQ(run(second.lan, second.sender, second.receiver, 500), expected);
    EXPECT_NE(run(other.lan, other.sender, other.receiver, 500), expected);
    EXPECT_NE(other.sender.host.seed, first.sender.host.seed);
    EXPECT_EQ(second.sender.host.seed, first.sender.host.seed);
}

TEST(SimFaults, SentIsDeliveredPlusLost) {
    Pair pair(3, {.loss = 0.25});
    const std::vector<Received> received = run(pair.lan, pair.sender, pair.receiver, 4000);
    const Counters counters = pair.lan.counters();
    EXPECT_NEAR(static_cast<double>(counters.lost), 1000.0, 120.0);
    EXPECT_EQ(counters.delivered, received.size());
    EXPECT_EQ(counters.delivered + counters.lost, 4000u);
}

TEST(SimFaults, BurstsLoseRunsOfDatagrams) {
    Pair pair(3, {.burst = 0.01, .burst_length = 20});
    const std::vector<Received> received = run(pair.lan, pair.sender, pair.receiver, 4000);
    const Counters counters = pair.lan.counters();
    EXPECT_EQ(received.size() + counters.lost, 4000u);
    // One begins in 100 datagrams and takes 10.5 on average.
    EXPECT_NEAR(static_cast<double>(counters.lost), 380.0, 150.0);
    std::size_t runs = 0;
    int expected = 0;
    for (const Received& one : received) {
        const int number = std::stoi(one.text.substr(sizeof "datagram"));
        runs += number > expected;
        EXPECT_LE(number - expected, 60);
        expected = number + 1;
    }
    EXPECT_GT(runs, 10u);
    EXPECT_GT(counters.lost, 5 * runs);
    pair.lan.heal();
    EXPECT_EQ(run(pair.lan, pair.sender, pair.receiver, 100).size(), 100u);
}

TEST(SimFaults, LossIsDecidedForEachReceiver) {
    Pair pair(3, {.loss = 0.5});
    Station second(pair.lan.host("second", {{}}));
    second.join();
    std::set<std::string> at_first;
    for (const Received& one : run(pair.lan, pair.sender, pair.receiver, 200)) {
        at_first.insert(one.text);
    }
    std::set<std::string> at_second;
    for (const std::string& text : second.texts())
        at_second.insert(text);
    EXPECT_NE(at_first, at_second);
}

TEST(SimFaults, DuplicatesArriveTwice) {
    Pair pair(4, {.duplicate = 0.25});
    const std::vector<Received> received = run(pair.lan, pair.sender, pair.receiver, 4000);
    const Counters counters = pair.lan.counters();
    EXPECT_NEAR(static_cast<double>(counters.duplicated), 1000.0, 120.0);
    EXPECT_EQ(received.size(), 4000u + counters.duplicated);
}

TEST(SimFaults, CorruptionChangesOneToFourBytesOfOneCopy) {
    Pair pair(5, {.corrupt = 0.5});
    Station second(pair.lan.host("second", {{}}));
    second.join();
    const std::string original(100, 'o');
    std::size_t changed_count = 0;
    std::size_t one_sided = 0;
    for (int i = 0; i < 400; ++i) {
        pair.sender.send(original);
        pair.lan.advance(1ms);
        const Texts first_texts = pair.receiver.texts();
        const Texts second_texts = second.texts();
        ASSERT_EQ(first_texts.size(), 1u);
        ASSERT_EQ(second_texts.size(), 1u);
        one_sided += (first_texts[0] == original) != (second_texts[0] == original);
        for (const std::string& text : {first_texts[0], second_texts[0]}) {
            ASSERT_EQ(text.size(), original.size());
            const auto different =
                std::count_if(text.begin(), text.end(), [](char letter) { return letter != 'o'; });
            EXPECT_LE(different, 4);
            changed_count += different > 0;
        }
    }
    EXPECT_EQ(changed_count, pair.lan.counters().corrupted);
    EXPECT_NEAR(static_cast<double>(changed_count), 400.0, 80.0);
    EXPECT_GT(one_sided, 0u);
}

TEST(SimFaults, ReorderHoldsSomeBack) {
    Pair pair(6, {.reorder = 0.2, .reorder_delay = 2ms});
    const std::vector<Received> received = run(pair.lan, pair.sender, pair.receiver, 2000);
    ASSERT_EQ(received.size(), 2000u);
    EXPECT_NEAR(static_cast<double>(pair.lan.counters().reordered), 400.0, 80.0);
    std::size_t late = 0;
    int newest = -1;
    for (const Received& one : received) {
        const int number = std::stoi(one.text.substr(9));
        late += number < newest;
        newest = std::max(newest, number);
    }
    EXPECT_GT(late, 200u);
}

TEST(SimFaults, DelayAndJitterBoundTheArrival) {
    Pair pair(9, {.delay = 3ms, .jitter = 2ms});
    Duration shortest = 1s;
    Duration longest{};
    for (int i = 0; i < 300; ++i) {
        const WallTime sent_at = pair.sender.host.clock->wall_now();
        pair.sender.send("x");
        pair.lan.advance(10ms);
        const std::vector<Received> received = pair.receiver.receive();
        ASSERT_EQ(received.size(), 1u);
        shortest = std::min(shortest, received[0].received_at - sent_at);
        longest = std::max(longest, received[0].received_at - sent_at);
    }
    EXPECT_GE(shortest, 3ms);
    EXPECT_LT(shortest, 3100us);
    EXPECT_LE(longest, 5ms);
    EXPECT_GT(longest, 4900us);
}

TEST(SimFaults, PartitionsOneWayAndBoth) {
    Pair pair(1, {});
    pair.sender.join();
    const auto exchange = [&pair] {
        pair.sender.send("ping");
        pair.receiver.send("pong");
        pair.lan.advance(1ms);
        const std::size_t at_receiver = static_cast<std::size_t>(
            std::ranges::count(pair.receiver.texts(), std::string("ping")));
        const std::size_t at_sender =
            static_cast<std::size_t>(std::ranges::count(pair.sender.texts(), std::string("pong")));
        return std::pair(at_receiver, at_sender);
    };
    EXPECT_EQ(exchange(), std::pair(std::size_t{1}, std::size_t{1}));
    pair.lan.partition("sender", "receiver", Direction::OneWay);
    EXPECT_EQ(exchange(), std::pair(std::size_t{0}, std::size_t{1}));
    EXPECT_EQ(pair.lan.counters().partitioned, 1u);
    pair.lan.partition("sender", "receiver");
    EXPECT_EQ(exchange(), std::pair(std::size_t{0}, std::size_t{0}));
    pair.lan.heal();
    EXPECT_EQ(exchange(), std::pair(std::size_t{1}, std::size_t{1}));
}

TEST(SimFaults, FilteredMulticastLeavesUnicastAndBroadcast) {
    Pair pair(1, {});
    const auto exchange = [&pair] {
        pair.sender.send("multicast");
        pair.sender.send("broadcast", kBroadcast);
        pair.sender.send("unicast", pair.receiver.endpoint());
        pair.lan.advance(1ms);
        return pair.receiver.texts();
    };
    pair.lan.filter_multicast("lan");
    EXPECT_EQ(exchange(), (Texts{"broadcast", "unicast"}));
    pair.lan.filter_multicast("lan", true);
    EXPECT_EQ(exchange(), Texts{"unicast"});
    pair.lan.heal();
    EXPECT_EQ(exchange(), (Texts{"multicast", "broadcast", "unicast"}));
}

TEST(SimFaults, HealEndsAllFaults) {
    Pair pair(1,
              {.loss = 1, .duplicate = 1, .corrupt = 1, .reorder = 1, .delay = 1s, .jitter = 1s});
    pair.lan.interface_down("receiver", "eth0");
    pair.lan.heal();
    pair.sender.send("at once");
    EXPECT_EQ(pair.lan.next_arrival(), pair.lan.now());
    EXPECT_EQ(pair.receiver.texts(), Texts{"at once"});
    EXPECT_EQ(pair.lan.next_arrival(), std::nullopt);
}

}  // namespace
}  // namespace mcast::sim
