// How datagrams are laid out for transports that send runs of equal neighbours as one.
#include <algorithm>
#include <map>

#include "tests/unit/node/cable.hpp"
#include "wire/header.hpp"

namespace mcast::node_test {
namespace {

struct Watched {
    std::vector<std::uint32_t> sizes;    // of datagrams with data
    std::vector<Endpoint> destinations;  // of the same
    std::size_t largest_batch = 0;
};

void watch(support::MemoryLink& link, Watched& watched) {
    link.watch_batches([&](std::span<const Datagram> batch) {
        watched.largest_batch = std::max(watched.largest_batch, batch.size());
        for (const Datagram& datagram : batch) {
            if (wire::parse_header(datagram.buffer.bytes()).header.kind != wire::DatagramKind::Data)
                continue;
            watched.sizes.push_back(datagram.buffer.size());
            watched.destinations.push_back(datagram.destination);
        }
    });
}

TEST(Runs, FullDatagramsOfMessagesOfAllSizesAreFilledUpToOne) {
    Watched watched;  // outlives the nodes, which say bye
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    watch(pair.link, watched);
    Numbers expected;
    for (std::uint64_t i = 0; i < 400; ++i) {
        publish(notes, i, i * 13 % 11 * 8);
        expected.push_back(i);
    }
    pair.turn();
    EXPECT_EQ(drain_numbers(reader), expected);
    ASSERT_GT(watched.sizes.size(), 10u);
    // The last one is not full, and the first ones have yet to find the size.
    const std::uint32_t size = watched.sizes[watched.sizes.size() - 2];
    const auto equal = std::count(watched.sizes.begin(), watched.sizes.end(), size);
    EXPECT_GE(equal, static_cast<std::ptrdiff_t>(watched.sizes.size()) - 4);
    EXPECT_GT(size, 1472u * 7 / 8);
    EXPECT_LE(*std::max_element(watched.sizes.begin(), watched.sizes.end()), 1472u);
}

TEST(Runs, WhatLeavesBeforeItIsFullIsAsLongAsItsMessages) {
    Watched watched;  // outlives the nodes, which say bye
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    watch(pair.link, watched);
    for (std::uint64_t i = 0; i < 5; ++i) {
        publish(notes, i, 24);
        pair.turn();
    }
    EXPECT_EQ(watched.sizes, (std::vector<std::uint32_t>(5, 64 + 64)));
    EXPECT_EQ(drain_numbers(reader).size(), 5u);
}

TEST(Runs, WhatGoesTheSameWayLeavesTogetherAndInOrder) {
    Watched watched;  // outlives the nodes, which say bye
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto others = pair.sender.publisher<Note>("others");
    auto note_reader = pair.receiver.subscriber<Note>("notes");
    auto other_reader = pair.receiver.subscriber<Note>("others");
    pair.settle();
    watch(pair.link, watched);
    Numbers expected;
    for (std::uint64_t i = 0; i < 40; ++i) {
        publish(notes, i, 1000);
        publish(others, i, 1000);
        expected.push_back(i);
    }
    pair.turn();
    ASSERT_EQ(watched.destinations.size(), 80u);
    std::size_t changes = 0;
    for (std::size_t i = 1; i < watched.destinations.size(); ++i)
        if (watched.destinations[i] != watched.destinations[i - 1]) ++changes;
    EXPECT_EQ(watched.largest_batch, 80u);
    EXPECT_EQ(changes, 1u);
    EXPECT_EQ(drain_numbers(note_reader), expected);
    EXPECT_EQ(drain_numbers(other_reader), expected);
}

// What lies behind one another in memory is one piece for the kernel.
TEST(Runs, DatagramsOfARunLieBehindOneAnother) {
    std::size_t pieces = 0;  // outlives the nodes, which say bye
    std::size_t datagrams = 0;
    support::MemoryLink link(32);  // what is beyond is dropped, as if the kernel had copied it
    Node sender = Node::open({.name = "sender"}, link.host()).value();
    Node receiver = Node::open({.name = "receiver"}, link.host()).value();
    auto notes = sender.publisher<Note>("notes");
    auto reader = receiver.subscriber<Note>("notes");
    for (int i = 0; i < 20; ++i) {
        link.advance(10ms);
        sender.poll();
        receiver.poll();
    }
    link.watch_batches([&](std::span<const Datagram> batch) {
        const std::byte* end = nullptr;
        for (const Datagram& datagram : batch) {
            if (datagram.buffer.data() != end) ++pieces;
            end = datagram.buffer.data() + datagram.buffer.size();
        }
        datagrams += batch.size();
    });
    // A Note of that size fills a datagram.
    for (int round = 0; round < 10; ++round) {
        for (std::uint64_t i = 0; i < 88; ++i)
            publish(notes, i, 1472 - 64 - 40);
        if (round == 2) pieces = datagrams = 0;  // the first ones find what is free
        sender.poll();
    }
    EXPECT_GE(datagrams, 8u * 88);
    EXPECT_LE(pieces, 8u * 3);
}

// The clock is asked once for a batch, when it leaves.
TEST(Runs, AllOfABatchAreStampedWhenTheyLeave) {
    Pair pair;
    auto notes = pair.sender.publisher<Note>("notes");
    auto reader = pair.receiver.subscriber<Note>("notes");
    pair.settle();
    for (std::uint64_t i = 0; i < 5; ++i) {
        publish(notes, i, 1000);
        pair.link.advance(1ms);
    }
    pair.turn();
    EXPECT_EQ(reader.drain([&](const Sample<Note>& note) {
        EXPECT_EQ(note.sent_at().time_since_epoch(), pair.link.now().time_since_epoch());
    }),
              5u);
}

}  // namespace
}  // namespace mcast::node_test
