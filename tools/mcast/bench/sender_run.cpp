#include "tools/mcast/bench/sender_run.hpp"

#include <algorithm>
#include <cmath>

namespace mcast::bench {
namespace {

constexpr Duration kPatience = std::chrono::milliseconds(100);  // for an answer
// A sleeping sender that keeps a rate wakes up so often: what is due then leaves together.
constexpr Duration kTick = std::chrono::microseconds(500);
constexpr std::size_t kRunLength = 44;  // datagrams of 1472 bytes in a UDP_SEGMENT send of 64 KiB

// Until when to go on, and whether to.
class Span {
public:
    Span(const Timing& timing, const Attend& attend)
        : begin_(now()),
          warm_at_(begin_ + timing.warm_up),
          end_(warm_at_ + timing.duration),
          attend_at_(begin_ + kNap),
          attend_(attend) {}

    [[nodiscard]] bool goes_on(Instant time) {
        if (time >= attend_at_) {
            attend_at_ = time + kNap;
            if (attend_()) return false;
        }
        return time < end_;
    }
    [[nodiscard]] Instant begin() const { return begin_; }
    [[nodiscard]] Instant warm_at() const { return warm_at_; }
    [[nodiscard]] Instant end() const { return end_; }

private:
    Instant begin_;
    Instant warm_at_;
    Instant end_;
    Instant attend_at_;
    const Attend& attend_;
};

std::uint64_t slowest(const Sender& sender) {
    return *std::min_element(sender.answered().begin(), sender.answered().end());
}

std::size_t batch_of(const Case& what) {
    return what.batch > 0 ? what.batch : 2 * kRunLength * what.messages_in_datagram();
}

// Messages that a steady rate asks for until then.
std::uint64_t due_by(Instant time, const Case& what, const Span& span) {
    return static_cast<std::uint64_t>(std::chrono::duration<double>(time - span.begin()).count() *
                                      what.rate);
}

// As fast as the window lets it, or at a rate.
void send_throughput(Sender& sender, const Case& what, Span& span, Duration offset,
                     SenderResult& result) {
    const std::size_t batch = batch_of(what);
    const std::size_t window = what.window_in_messages();
    std::uint64_t& sent = result.sent;
    std::uint64_t settled = 0;  // arrived, or given up
    Instant settled_at = now();
    for (Instant time = settled_at; span.goes_on(time); time = now()) {
        if (slowest(sender) > settled) {
            settled = slowest(sender);
            settled_at = time;
        }
        std::size_t count = batch;
        if (what.window > 0) count = std::min(count, window - std::min(window, sent - settled));
        if (count == 0) {
            sender.listen(!what.spin);
            if (time - settled_at > kPatience) {
                ++result.stalls;
                settled = sent;
                settled_at = time;
            }
            continue;
        }
        if (what.rate > 0) {
            const std::uint64_t due = due_by(time, what, span);
            count = std::min<std::uint64_t>(count, due - std::min(due, sent));
            if (count == 0 && what.spin) sender.listen(false);
            if (count == 0 && !what.spin) sender.sleep_until(time + kTick);
            if (count == 0) continue;
        }
        const std::size_t taken =
            sender.send(sent + 1, count, time.time_since_epoch() + offset, Duration::zero());
        sent += taken;
        sender.push();
        // Held back: until somebody has taken more.
        if (taken == 0) sender.listen(!what.spin);
    }
}

// Each message has a time when it is due, and is late from then on, whatever held it up: the
// sender's own delay is part of the latency (no coordinated omission).
void send_latency(Sender& sender, const Case& what, Span& span, Duration offset,
                  SenderResult& result) {
    const Duration interval(std::max<std::int64_t>(1, std::llround(1e9 / what.rate)));
    const std::size_t batch = batch_of(what);
    Instant due = span.begin();
    for (Instant time = now(); span.goes_on(time); time = now()) {
        if (due > time) {
            if (what.spin)
                sender.listen(false);
            else
                sender.sleep_until(std::min({due, span.end(), time + kNap}));
            continue;
        }
        const auto count =
            std::min<std::size_t>(batch, static_cast<std::size_t>((time - due) / interval) + 1);
        const std::size_t taken =
            sender.send(result.sent + 1, count, due.time_since_epoch() + offset, interval);
        sender.push();
        for (std::size_t i = 0; i < taken; ++i, due += interval) {
            if (due >= span.warm_at()) result.lateness.add(time - due);
        }
        result.sent += taken;
    }
}

void send_round_trips(Sender& sender, const Case& what, Span& span, Duration offset,
                      SenderResult& result) {
    for (Instant time = now(); span.goes_on(time); time = now()) {
        if (sender.send(result.sent + 1, 1, time.time_since_epoch() + offset, Duration::zero()) ==
            0) {
            sender.listen(false);
            continue;
        }
        const std::uint64_t number = ++result.sent;
        sender.push();
        while (slowest(sender) < number) {
            sender.listen(!what.spin);
            if (slowest(sender) >= number) break;
            if (now() - time > kPatience) {
                ++result.unanswered;
                break;
            }
        }
        if (slowest(sender) >= number && time >= span.warm_at())
            result.round_trips.add(now() - time);
    }
}

}  // namespace

SenderResult run_sender(Sender& sender, const Case& what, const Timing& timing, Duration offset,
                        const Attend& attend) {
    SenderResult result;
    const ThreadTime before = thread_time();
    Span span(timing, attend);
    if (what.mode == Mode::RoundTrip)
        send_round_trips(sender, what, span, offset, result);
    else if (what.mode == Mode::Latency)
        send_latency(sender, what, span, offset, result);
    else
        send_throughput(sender, what, span, offset, result);
    result.thread = thread_time() - before;
    // The last messages may wait for room.
    sender.push();
    sender.settle();
    result.counters = sender.counters();
    return result;
}

std::uint64_t answer_every(const Case& what) {
    if (what.mode == Mode::RoundTrip) return 1;
    // A quarter: while an answer is under way there is enough left to send.
    return what.window == 0 ? 0 : std::max<std::size_t>(1, what.window_in_messages() / 4);
}

}  // namespace mcast::bench
