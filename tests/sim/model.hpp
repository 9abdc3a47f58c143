#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mcast/event.hpp"
#include "mcast/peer.hpp"
#include "mcast/time.hpp"
#include "tests/sim/stream_book.hpp"

namespace worlds {

using mcast::Duration;
using mcast::Instant;

// A message as a subscriber got it.
struct Delivered {
    std::uint64_t sender = 0;
    std::uint64_t number = 0;
    std::uint64_t digest = 0;
    std::uint64_t padding_size = 0;
    bool padding_intact = false;
    mcast::PeerId peer;
    std::uint64_t sequence = 0;
};

// Where in its stream a message of a Reliable topic was published: in the datagrams from first to
// last.
struct Place {
    std::uint64_t first = 0;
    std::uint64_t last = UINT64_MAX;  // not sent yet
    bool unheard = false;             // while nobody subscribed: perhaps never sent
};

// One run of one node, from open to its end, as everybody should see it.
struct Run {
    std::size_t node = 0;
    mcast::PeerId id;
    std::string domain;
    std::optional<Instant> ended_at;
    // By topic and type (see stream_key): how many messages it has published.
    std::map<std::size_t, std::uint64_t> published;
    std::map<std::size_t, std::vector<Place>> places;  // … and where, by number
    // Number of the first that must reach everybody.
    std::map<std::size_t, std::uint64_t> first_demanded;
};

// What a subscriber has got, by sender.
struct Inbox {
    std::size_t run = 0;  // of the subscriber
    std::size_t topic = 0;
    bool tock = false;
    struct Progress {
        std::uint64_t next = 0;        // numbers below it have been delivered or overtaken
        std::uint64_t demanded = 0;    // delivered among those that must be
        bool begun = false;            // one has been delivered
        std::uint64_t drained_in = 0;  // the drain() that delivered last, for Latest
    };
    std::map<std::uint64_t, Progress> from;
    std::uint64_t drain_count = 0;
};

[[nodiscard]] inline std::size_t stream_key(std::size_t topic, bool tock) {
    return topic * 2 + (tock ? 1 : 0);
}

// What must be true of a world, whatever is done to it. Notes what is not.
class Model {
public:
    // `corrupts`: bytes change on the way, so a message that is not intact proves nothing, and
    // headers may say anything: who, when, in which order.
    explicit Model(bool corrupts) : corrupts_(corrupts) {}

    std::vector<Run>& runs() { return runs_; }
    [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }
    [[nodiscard]] const Run* find(mcast::PeerId id) const;

    void on_delivered(Instant now, Inbox& inbox, const Delivered& message);
    void on_event(Instant now, std::size_t run, const mcast::Event& event);
    // What a node says of the streams that it receives. Only now it is clear whether what its
    // subscribers did not get was told to be missing.
    void on_streams(Instant now, std::size_t run, const std::vector<mcast::StreamInfo>& streams);
    // Whether on_streams() should be called soon.
    [[nodiscard]] bool has_skips(std::size_t run) const;
    // Of a reliable stream that is over or has come to rest: numbers from `from` to `end` - 1 did
    // not come.
    void on_skipped(const Inbox& inbox, std::uint64_t sender, std::uint64_t from,
                    std::uint64_t end);
    // A subscription of the run begins or ends.
    void on_subscription(std::size_t run, std::size_t topic);
    // Whether a subscriber's node has been told of a gap here since the world began.
    [[nodiscard]] const StreamBook& book() const { return book_; }
    // Whether the first has ever missed the second: silent, or down.
    [[nodiscard]] bool has_missed(std::size_t run, mcast::PeerId peer) const {
        return missed_.contains({run, peer});
    }
    void expect(bool condition, Instant now, const std::string& otherwise);

    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
    // Of everything that was delivered and reported, in order: equal for equal runs.
    [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }
    [[nodiscard]] std::uint64_t delivered_count() const { return delivered_count_; }

private:
    // Numbers that a subscriber of `run` did not get.
    struct Skip {
        std::size_t run = 0;
        std::size_t topic = 0;
        bool tock = false;
        std::uint64_t sender = 0;
        std::uint64_t from = 0;
        std::uint64_t end = 0;
    };
    void check_order(Instant now, Inbox& inbox, const Delivered& message);
    void check_place(Instant now, const Inbox& inbox, const Delivered& message);
    void check_skip(Instant now, const Skip& skip);

    bool corrupts_;
    std::vector<Run> runs_;
    std::map<std::pair<std::size_t, mcast::PeerId>, mcast::PeerState> seen_;  // by whom, of whom
    std::set<std::pair<std::size_t, mcast::PeerId>> missed_;
    std::vector<Skip> skips_;  // to be explained
    StreamBook book_;
    std::vector<std::string> violations_;
    std::uint64_t fingerprint_ = 0;
    std::uint64_t delivered_count_ = 0;
};

}  // namespace worlds
