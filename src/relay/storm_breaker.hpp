#pragma once

#include <cstdint>

#include "base/token_bucket.hpp"
#include "mcast/time.hpp"

namespace mcast::relay {

// Cuts a way off when more comes along it than is sane, and lets it be used again by itself.
//
// Closed → Open when more than `rate` a second come (a burst of half a second's worth is let
// through). Open → Probing after a while; nothing passes until then. Probing lets a tenth of the
// rate pass for a second: if still more than the rate comes, → Open; else → Closed at its end.
// As of an electrical one, "closed" conducts.
class StormBreaker {
public:
    enum class State : std::uint8_t { Closed, Open, Probing };
    static constexpr Duration kProbe = std::chrono::seconds(1);

    enum class Answer : std::uint8_t {
        Pass,
        Refuse,
        Trip,  // refused, and the reason why it is open from now on
    };

    // At most so many a second; 0: never trips.
    StormBreaker(std::uint32_t rate, Duration open);

    // One wants to pass.
    Answer take(Instant now);
    // True if it is closed again from now on.
    bool on_deadline(Instant now);
    [[nodiscard]] Instant deadline() const;

    [[nodiscard]] State state() const { return state_; }
    // Refused since it last tripped while closed.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }
    [[nodiscard]] std::uint64_t trips() const { return trips_; }
    [[nodiscard]] std::uint32_t rate() const { return rate_; }
    [[nodiscard]] Duration open_for() const { return open_; }

private:
    Answer trip(Instant now);

    std::uint32_t rate_;
    Duration open_;
    State state_ = State::Closed;
    TokenBucket offered_;  // empty: more than the rate
    TokenBucket probe_;
    Instant until_ = kNever;  // of Open and Probing
    std::uint64_t refused_ = 0;
    std::uint64_t trips_ = 0;
};

}  // namespace mcast::relay
