#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <vector>

#include "base/random.hpp"
#include "protocol/announcer.hpp"

namespace worlds {

using mcast::Duration;
using mcast::Instant;

// Announcers that share one network on which every announcement may be lost to each receiver on
// its own. They do with what they hear what a node's Discovery does; nothing else of a node is
// here, so there is room for very many.
class AnnounceChannel {
public:
    struct Setup {
        std::size_t announcer_count = 0;
        std::size_t announcement_size = 0;  // bytes of one copy
        std::size_t way_count = 1;          // copies of each: multicast of both families, broadcast
        double loss = 0;                    // of a copy
    };

    AnnounceChannel(std::uint64_t seed, const Setup& setup);

    void start(std::size_t announcer, Instant at);
    // Lets everything happen that is due until then.
    void run_until(Instant end);

    [[nodiscard]] Instant now() const { return now_; }
    // Pairs of started announcers of which the second has not heard of the first.
    [[nodiscard]] std::uint64_t unknown_pairs() const { return unknown_pairs_; }
    [[nodiscard]] std::uint64_t heard_by(std::size_t announcer) const { return heard_[announcer]; }
    // Bytes sent in each whole second since the beginning.
    [[nodiscard]] const std::vector<std::uint64_t>& bytes_by_second() const { return bytes_; }
    [[nodiscard]] Duration interval(std::size_t announcer) const {
        return announcers_[announcer].interval();
    }

private:
    struct Due {
        Instant at{};
        std::size_t announcer = 0;
        bool operator<(const Due& other) const {
            return at != other.at ? at > other.at : announcer > other.announcer;
        }
    };

    void announce(std::size_t sender);
    void hear(std::size_t receiver, std::size_t sender, bool wants_reply);

    Setup setup_;
    mcast::Random random_;
    double lost_;  // probability that no copy arrives
    std::vector<mcast::protocol::Announcer> announcers_;
    std::vector<bool> started_;
    std::size_t started_count_ = 0;
    std::vector<std::uint64_t> heard_;                  // of how many others
    std::vector<std::vector<std::uint64_t>> known_to_;  // by sender: a bit for each receiver
    std::uint64_t unknown_pairs_ = 0;
    std::priority_queue<Due> due_;
    std::vector<std::uint64_t> bytes_;
    Instant now_{};
};

}  // namespace worlds
