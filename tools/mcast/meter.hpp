#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "mcast/message.hpp"
#include "mcast/node.hpp"
#include "mcast/subscriber.hpp"
#include "tools/mcast/histogram.hpp"

namespace mcast::cli {

// What `mcast sub` knows of the messages it received: rate, latency and loss.
class Meter {
public:
    // `latency` of a message: from sending to receiving, as far as the two clocks agree.
    [[nodiscard]] static Duration latency(const RawSample& sample) {
        return sample.received_at() - sample.sent_at();
    }

    void on_sample(Instant now, const RawSample& sample);
    [[nodiscard]] std::uint64_t count() const { return total_.count(); }

    // Closes a quarter of a second; status() shows the latest four.
    void tick(Instant now);
    // "1200 messages  119/s  latency p50 45.0 µs p99 120 µs  lost 3 (0.25 %)"
    [[nodiscard]] std::string status(const SubscriberStats& stats) const;

    // Sentences for people, JSON for programs.
    [[nodiscard]] std::string summary(const SubscriberStats& stats, const NodeStats& node) const;
    [[nodiscard]] std::string summary_json(const SubscriberStats& stats,
                                           const NodeStats& node) const;

private:
    struct Quarter {
        Instant ended_at{};
        std::uint64_t count = 0;  // of messages until then
    };
    [[nodiscard]] Duration span() const { return last_at_ - first_at_; }
    [[nodiscard]] double rate() const;
    [[nodiscard]] double recent_rate() const;

    Histogram total_;
    Histogram recent_;  // of the second that runs, and the one before
    Histogram previous_;
    std::array<Quarter, 5> quarters_{};
    std::size_t quarter_count_ = 0;
    Instant first_at_{};
    Instant last_at_{};
    std::set<PeerId> peers_;
};

}  // namespace mcast::cli
