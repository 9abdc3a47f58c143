#pragma once

#include <chrono>
#include <cstdint>

#include "mcast/mcast.hpp"
#include "payload.capnp.h"
#include "tests/support/memory_link.hpp"

namespace mcast::bench {

// Two nodes on a cable in memory that know each other: what a message costs in a node, and nothing
// of what it costs in a kernel.
struct Pair {
    Pair() { get_acquainted(); }

    // Announcements, also of topics that came meanwhile.
    void get_acquainted() {
        for (int i = 0; i < 20; ++i) {
            link.advance(std::chrono::milliseconds(50));
            sender.poll();
            receiver.poll();
        }
    }

    support::MemoryLink link;
    Node sender = Node::open({.name = "sender"}, link.host()).value();
    Node receiver = Node::open({.name = "receiver"}, link.host()).value();
};

inline void fill(Quote::Builder quote, std::uint64_t number) {
    quote.setInstrument(7);
    quote.setBid(100);
    quote.setAsk(101);
    quote.setBidSize(5);
    quote.setAskSize(6);
    quote.setNumber(number);
    quote.setTime(number);
}

inline std::uint64_t sum(const Quote::Reader& quote) {
    return quote.getInstrument() + static_cast<std::uint64_t>(quote.getBid() + quote.getAsk()) +
           quote.getBidSize() + quote.getAskSize() + quote.getNumber() + quote.getTime();
}

}  // namespace mcast::bench
