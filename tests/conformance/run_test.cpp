// Neighbours in a batch that a transport may send, or hand out, as one.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/conformance/conformance_test.hpp"

namespace mcast::conformance {

namespace {

using Runs = ConformanceTest;

// The n-th of a run: says which it is, in each of its bytes.
std::string nth(std::size_t n, std::size_t size) {
    return std::string(size, static_cast<char>('0' + n));
}

void send_all(Station& from, const std::vector<Datagram>& run) {
    std::vector<Datagram> batch = run;
    std::size_t done = 0;
    const Instant deadline = from.clock().now() + kPatience;
    while (done < batch.size() && from.clock().now() < deadline) {
        const std::size_t taken = from.transport().send(std::span(batch).subspan(done));
        if (taken == 0) from.transport().wait(deadline);
        done += taken;
    }
    ASSERT_EQ(done, batch.size());
}

// Sends `count` of `size` bytes and a shorter one; returns what must arrive.
std::vector<std::string> send_run(Station& from, const Group& to, std::size_t count,
                                  std::size_t size) {
    std::vector<Datagram> run;
    std::vector<std::string> expected;
    for (std::size_t i = 0; i <= count; ++i) {
        expected.push_back(nth(i, i < count ? size : size / 2));
        run.push_back(datagram_for(from, to, Way::Multicast, expected.back()));
    }
    send_all(from, run);
    return expected;
}

TEST_P(Runs, EqualNeighboursAndAShorterLastArriveAsTheyWereSent) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    for (const std::size_t size : {kDatagramMax, std::size_t{512}, std::size_t{8}}) {
        const std::vector<std::string> expected = send_run(from, group(1), 40, size);
        EXPECT_EQ(texts(collect(at, expected.size())), expected);
    }
    const TransportCounters sent = from.transport().counters(from.index());
    const TransportCounters received = at.transport().counters(at.index());
    EXPECT_EQ(sent.sent_datagrams, 3 * 41u);
    EXPECT_EQ(received.received_datagrams, 3 * 41u);
    EXPECT_EQ(sent.sent_bytes, 40 * (kDatagramMax + 512 + 8) + kDatagramMax / 2 + 256 + 4);
    EXPECT_EQ(received.received_bytes, sent.sent_bytes);
    EXPECT_EQ(at.transport().receive_buffers_free(), kReceiveBuffers);
}

TEST_P(Runs, WhatHasNoRoomInABatchComesWithTheNextAndEndsAWait) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    const std::vector<std::string> expected = send_run(from, group(1), 10, 64);
    std::vector<std::string> seen;
    const Instant patience = at.clock().now() + kPatience;
    while (seen.size() < expected.size() && at.clock().now() < patience) {
        for (const std::string& text : texts(receive_now(at, 3)))
            seen.push_back(text);
        if (seen.size() < expected.size()) at.transport().wait(patience);
    }
    EXPECT_EQ(seen, expected);
    EXPECT_LT(at.clock().now(), patience);
}

TEST_P(Runs, SizesThatAreNotWholeWordsArriveAligned) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    const std::vector<std::string> expected = send_run(from, group(1), 20, 101);
    std::vector<Datagram> held(expected.size());
    std::size_t count = 0;
    const Instant patience = at.clock().now() + kPatience;
    while (count < held.size() && at.clock().now() < patience) {
        const std::size_t more = at.transport().receive(std::span(held).subspan(count));
        if (more == 0) at.transport().wait(patience);
        count += more;
    }
    ASSERT_EQ(count, expected.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto bytes = held[i].buffer.bytes();
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % 8, 0u);
        EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                  expected[i]);
    }
}

TEST_P(Runs, NeighboursThatDifferArriveEachAsItself) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    ASSERT_TRUE(at.transport().join(group(2), at.index()));
    struct Part {
        std::uint8_t to;
        std::size_t size;
    };
    const std::vector<Part> parts{{1, 64}, {1, 64}, {2, 64}, {1, 64}, {1, 0},  {1, 64}, {1, 72},
                                  {1, 72}, {1, 64}, {1, 72}, {2, 72}, {2, 72}, {2, 8}};
    std::vector<Datagram> run;
    std::vector<std::string> expected;
    for (const Part& part : parts) {
        expected.push_back(nth(expected.size(), part.size));
        run.push_back(datagram_for(from, group(part.to), Way::Multicast, expected.back()));
    }
    send_all(from, run);
    // Order holds within a group, not between two: they may be two sockets.
    const std::vector<Arrival> arrivals = collect(at, parts.size());
    ASSERT_EQ(arrivals.size(), parts.size());
    for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}}) {
        std::vector<std::string> sent;
        std::vector<std::string> seen;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (parts[i].to == number) sent.push_back(expected[i]);
            if (arrivals[i].destination.address == group(number).address)
                seen.push_back(arrivals[i].text);
        }
        EXPECT_EQ(seen, sent);
    }
}

TEST_P(Runs, WhatIsHeldOfARunStaysAsItIs) {
    Station from = open(Place::Here);
    Station at = open(Place::There, group(1));
    std::vector<Datagram> held(41);
    const std::vector<std::string> expected = send_run(from, group(1), 40, 256);
    std::size_t count = 0;
    const Instant patience = at.clock().now() + kPatience;
    while (count < held.size() && at.clock().now() < patience) {
        const std::size_t more = at.transport().receive(std::span(held).subspan(count));
        if (more == 0) at.transport().wait(patience);
        count += more;
    }
    ASSERT_EQ(count, held.size());
    // One of each run is kept while others come and go.
    const Buffer kept = held[7].buffer;
    held.clear();
    for (int round = 0; round < 20; ++round)
        EXPECT_EQ(collect(at, send_run(from, group(1), 40, 256).size()).size(), 41u);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(kept.data()), kept.size()), expected[7]);
}

INSTANTIATE_TEST_SUITE_P(Worlds, Runs, testing::ValuesIn(worlds()), world_name);

}  // namespace

}  // namespace mcast::conformance
