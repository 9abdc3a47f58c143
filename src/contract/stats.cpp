#include "mcast/stats.hpp"

namespace mcast {

std::string_view to_string(DropCause cause) {
    static constexpr std::array<std::string_view, kDropCauseCount> kNames = {
        "foreign",           "other-version",
        "other-domain",      "own",
        "malformed-header",  "malformed-control",
        "malformed-message", "unknown-kind",
        "unknown-peer",      "not-subscribed",
        "duplicate",         "late",
        "implausible",       "stale",
        "queue-full",        "no-buffer",
        "fragment",          "too-large",
        "peer-limit",        "stream-limit",
        "topic-limit",       "rate-limit",
        "postponed",         "spoofed",
    };
    return kNames[static_cast<std::size_t>(cause)];
}

std::string_view to_string(StreamLoss loss) {
    static constexpr std::array<std::string_view, kStreamLossCount> kNames = {
        "kernel", "network",    "late",      "expired",  "not-held",  "peer-gone", "unanswered",
        "stale",  "queue-full", "no-buffer", "fragment", "malformed", "unknown",
    };
    return kNames[static_cast<std::size_t>(loss)];
}

}  // namespace mcast
