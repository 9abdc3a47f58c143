#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "mcast/sim.hpp"
#include "tests/unit/node/cable.hpp"

namespace mcast::node_test {

// A publisher of a Reliable topic and its subscribers on a simulated network with faults.
struct ReliableLan {
    static constexpr Duration kStep = std::chrono::microseconds(200);

    struct Reader {
        std::string host;
        Node node;
        Subscriber<Note> notes;
        Numbers numbers;
        bool asleep = false;

        Reader(std::string host_name, Node&& opened, const Qos& qos)
            : host(std::move(host_name)),
              node(std::move(opened)),
              notes(node.subscriber<Note>("notes", qos)) {}
    };

    explicit ReliableLan(std::uint64_t seed, const Qos& publisher_qos = reliable(),
                         const sim::Options& options = {})
        : lan(seed, options),
          sender(Node::open({.name = "sender"}, lan.host("sender", {{.name = "eth0"}})).value()),
          notes(sender.publisher<Note>("notes", publisher_qos)) {}

    static Qos reliable() { return {.delivery = Delivery::Reliable}; }

    Reader& add_reader(const Qos& qos = reliable()) {
        const std::string host = "reader-" + std::to_string(readers.size() + 1);
        return readers.emplace_back(
            host, Node::open({.name = host}, lan.host(host, {{.name = "eth0"}})).value(), qos);
    }

    void step() {
        lan.advance(kStep);
        sender.poll();
        for (Reader& reader : readers) {
            if (reader.asleep) continue;
            reader.node.poll();
            for (const std::uint64_t number : drain_numbers(reader.notes))
                reader.numbers.push_back(number);
        }
    }
    void run(Duration duration) {
        for (const Instant end = lan.now() + duration; lan.now() < end;)
            step();
    }
    // Long enough that all know each other.
    void settle() { run(300ms); }

    // Publishes the next `count` messages as fast as that is allowed, at most `burst` in a step.
    void publish_many(std::uint64_t count, std::uint64_t burst = 20, std::size_t data_size = 200) {
        for (std::uint64_t done = 0; done < count;) {
            for (std::uint64_t i = 0; i < burst && done < count; ++i) {
                auto loan = notes.loan();
                if (!loan) break;
                auto root = loan->root();
                root.setNumber(published++);
                root.initData(static_cast<unsigned>(data_size));
                loan->publish();
                ++done;
            }
            step();
        }
    }

    // All that was published, in order.
    [[nodiscard]] Numbers everything() const {
        Numbers all(published);
        for (std::uint64_t i = 0; i < published; ++i)
            all[i] = i;
        return all;
    }

    sim::Lan lan;
    Node sender;
    Publisher<Note> notes;
    std::deque<Reader> readers;
    std::uint64_t published = 0;
};

// newest - first + 1 = delivered + waiting + missing + lost.
inline void expect_balanced(const StreamInfo& stream) {
    EXPECT_EQ(stream.newest - stream.first + 1,
              stream.delivered + stream.waiting + stream.missing + stream.lost_count())
        << stream.topic << " of " << stream.peer_name << ": first " << stream.first << ", newest "
        << stream.newest << ", delivered " << stream.delivered << ", waiting " << stream.waiting
        << ", missing " << stream.missing << ", lost " << stream.lost_count();
}

}  // namespace mcast::node_test
