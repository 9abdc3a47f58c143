#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mcast/options.hpp"
#include "mcast/result.hpp"
#include "tools/mcast/bench/case.hpp"
#include "tools/mcast/bench/tally.hpp"

namespace mcast::bench {

using Counters = std::vector<std::pair<std::string, std::uint64_t>>;

// How long an end sleeps at most: there is somebody who may want to end the run.
inline constexpr Duration kNap = std::chrono::milliseconds(20);

// The end that sends, whatever is beneath it. Calls are for batches, so that what is measured is
// not the benchmark.
class Sender {
public:
    Sender() = default;
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;
    virtual ~Sender() = default;

    // Whether all the other ends have been found. Does its I/O meanwhile.
    [[nodiscard]] virtual bool ready() = 0;
    // Messages with these numbers, stamped `time`, `time + step`, …; how many were taken.
    virtual std::size_t send(std::uint64_t first, std::size_t count, Duration time,
                             Duration step) = 0;
    // What was sent leaves now, in part-filled datagrams, too; answers are taken in.
    virtual void push() = 0;
    // Takes answers in; sleeps until there is one, but not beyond kNap, if it may.
    virtual void listen(bool may_sleep) = 0;
    // After the last message: what a reliable path still owes is delivered.
    virtual void settle() {}
    // Sleeps until then, taking in answers.
    virtual void sleep_until(Instant when) = 0;
    // What each other end has last said it has seen; at least one.
    [[nodiscard]] const std::vector<std::uint64_t>& answered() const { return answered_; }
    // What became of messages that were not sent or lost on this side, by cause.
    [[nodiscard]] virtual Counters counters() const = 0;

protected:
    void on_answer(std::uint64_t end, std::uint64_t number) {
        if (end < answered_.size() && number > answered_[end]) answered_[end] = number;
    }
    std::vector<std::uint64_t> answered_;
};

class Receiver {
public:
    Receiver() = default;
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;
    virtual ~Receiver() = default;

    [[nodiscard]] virtual bool ready() = 0;
    // Takes in what has arrived; sleeps until there is something, but not beyond kNap, if it may.
    virtual void receive(Tally& tally, bool may_sleep) = 0;
    // Tells the sender the highest number seen; leaves at once.
    virtual void answer(std::uint64_t number) = 0;
    [[nodiscard]] virtual Counters counters() const = 0;
};

// What both ends need to know to meet.
struct Meeting {
    Case what;
    std::size_t index = 0;  // of a receiving end among all of them
    NodeOptions node;       // of libmcast's paths; the interface for the raw ones, too
    std::string interface;  // its name
};

// Whether this build has Path::RawRing. Path::RawDpdk is there where its backends are.
[[nodiscard]] bool has_ring();

[[nodiscard]] Result<std::unique_ptr<Sender>> open_sender(const Meeting& meeting);
[[nodiscard]] Result<std::unique_ptr<Receiver>> open_receiver(const Meeting& meeting);

}  // namespace mcast::bench
