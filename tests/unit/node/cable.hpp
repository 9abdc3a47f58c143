#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "mcast/mcast.hpp"
#include "tests/support/memory_link.hpp"
#include "tests/unit/node/node_test.capnp.h"

namespace mcast::node_test {

using namespace std::chrono_literals;
using ::node_test::Note;
using ::node_test::Other;

// An event as a value.
struct SeenEvent {
    EventKind kind = EventKind::PeerUp;
    PeerId peer;
    std::string peer_name;
    std::string topic;
    std::string text;
    std::uint64_t token = 0;
    Duration round_trip{};
};

inline std::vector<SeenEvent> events_of(Node& node) {
    std::vector<SeenEvent> seen;
    node.drain_events([&](const Event& event) {
        seen.push_back({event.kind, event.peer, std::string(event.peer_name),
                        std::string(event.topic), std::string(event.text), event.token,
                        event.round_trip});
    });
    return seen;
}

inline std::vector<SeenEvent> of_kind(const std::vector<SeenEvent>& events, EventKind kind) {
    std::vector<SeenEvent> found;
    for (const SeenEvent& event : events)
        if (event.kind == kind) found.push_back(event);
    return found;
}

// Nodes on a cable in memory, whose time moves when the test says so.
struct Cable {
    support::MemoryLink link;

    Node open(NodeOptions options) { return Node::open(options, link.host()).value(); }
    // 10 ms pass and each node polls; so often.
    void turn(std::initializer_list<Node*> nodes, int count = 1) {
        for (int i = 0; i < count; ++i) {
            link.advance(10ms);
            for (Node* node : nodes)
                node->poll();
        }
    }
    // Long enough that all nodes know each other and their topics.
    void settle(std::initializer_list<Node*> nodes) { turn(nodes, 20); }
};

// Two nodes, the one publishes and the other subscribes.
struct Pair : Cable {
    Node sender = open({.name = "sender"});
    Node receiver = open({.name = "receiver"});

    void turn(int count = 1) { Cable::turn({&sender, &receiver}, count); }
    void settle() { turn(20); }
};

inline void publish(Publisher<Note>& publisher, std::uint64_t number, std::size_t data_size = 0) {
    auto loan = publisher.loan();
    ASSERT_TRUE(loan.has_value());
    auto root = loan->root();
    root.setNumber(number);
    if (data_size > 0) root.initData(static_cast<unsigned>(data_size));
    loan->publish();
}

inline std::vector<std::uint64_t> drain_numbers(Subscriber<Note>& subscriber) {
    std::vector<std::uint64_t> numbers;
    subscriber.drain([&](const Sample<Note>& note) { numbers.push_back(note->getNumber()); });
    return numbers;
}

using Numbers = std::vector<std::uint64_t>;

}  // namespace mcast::node_test
