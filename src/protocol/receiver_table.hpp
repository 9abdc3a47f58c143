#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/flat_map.hpp"
#include "mcast/peer.hpp"
#include "protocol/peer_table.hpp"
#include "protocol/round_trip.hpp"

namespace mcast::protocol {

// A subscriber of a reliable stream, as far as its publisher knows.
struct Receiver {
    PeerId peer;
    std::uint64_t begin = 0;  // the first datagram that it is to have
    std::uint16_t skip = 0;   // messages of that one which it is not to have
    std::uint64_t next = 0;   // it has all before it, or gave them up
    std::uint64_t limit = 0;  // it takes those before it
    std::uint64_t token = 0;  // of its reports; 0: none came yet
    std::uint64_t missed = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
    bool reported = false;  // overruns are known: those before the first report are not ours
    RoundTrip round_trip;
    Duration holding{};    // for how long it has held the others back, less when it has not
    Duration suspected{};  // … and for how long more, if the program asks again in vain
    bool live = true;      // its node is up
    bool lagging = false;  // not waited for
    // Since it lags no more, so many of its reports are still answered with that.
    std::uint8_t to_be_told = 0;
    bool wanted = false;  // found by the current look at all peers
};

// What a receiver says of itself; see ReceiverReport of schemas/control.capnp.
struct Report {
    std::uint64_t next = 0;
    std::uint64_t limit = 0;
    std::uint64_t missed = 0;
    std::uint64_t lost = 0;
    std::uint64_t overruns = 0;
    Duration round_trip{};  // 0: not measured by this one
};

// All receivers of a stream: who is waited for, how far they are.
class ReceiverTable {
public:
    explicit ReceiverTable(std::size_t receivers_max);

    [[nodiscard]] Receiver* find(PeerId peer);
    // Null if there are too many.
    Receiver* add(PeerId peer, std::uint64_t begin, std::uint16_t skip);
    // Forgets those that are not `wanted`, and clears the mark of the others.
    void sweep();
    [[nodiscard]] std::span<Receiver> all() { return receivers_; }
    [[nodiscard]] std::span<const Receiver> all() const { return receivers_; }
    [[nodiscard]] bool empty() const { return receivers_.empty(); }
    [[nodiscard]] std::size_t size() const { return receivers_.size(); }
    [[nodiscard]] std::uint32_t index(const Receiver& receiver) const {
        return static_cast<std::uint32_t>(&receiver - receivers_.data());
    }

    // Takes in a report; what it says grows only, and no further than was sent (`sent_next`). True
    // if the kernel of a receiver that is waited for has dropped datagrams since the last one.
    bool on_report(Receiver& receiver, const Report& report, std::uint64_t sent_next);

    // Whoever of those that are waited for takes the least (`by_limit`) or has the least; null:
    // nobody is waited for.
    [[nodiscard]] Receiver* slowest(bool by_limit);
    // The sequence before which all that are waited for have everything; `sent_next` if nobody is.
    [[nodiscard]] std::uint64_t acknowledged_next(std::uint64_t sent_next) const;
    // The longest smoothed round trip; 0: none is known.
    [[nodiscard]] Duration round_trip_max() const;

private:
    std::vector<Receiver> receivers_;  // capacity taken at construction
    FlatMap<PeerId, std::uint32_t, PeerIdHash> index_;
};

}  // namespace mcast::protocol
