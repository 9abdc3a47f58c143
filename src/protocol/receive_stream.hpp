#pragma once

#include <cstdint>

namespace mcast::protocol {

enum class Verdict : std::uint8_t {
    Accepted,     // newer than all before
    Duplicate,    // was here already
    Late,         // older than what was accepted
    Implausible,  // absurdly far off, and not confirmed by a second one yet
};

struct Arrival {
    Verdict verdict = Verdict::Accepted;
    // Accepted: the sequences before it that are missing now; none if missing_last is 0.
    std::uint64_t missing_first = 0;
    std::uint64_t missing_last = 0;
    // Late: it was told missing before, and is no longer. Known within kSequenceWindow.
    bool was_missing = false;

    [[nodiscard]] std::uint64_t missing_count() const {
        return missing_last == 0 ? 0 : missing_last - missing_first + 1;
    }
};

// The order of one stream's datagrams as they arrive: what is new, what is missing, what came
// twice. Sequences start at 1; the first one seen is where the stream begins for us.
//
//   none ──first──► following ──far off──► following, suspecting ──next to the suspect──► following
class ReceiveStream {
public:
    Arrival on_datagram(std::uint64_t sequence);

    // The newest accepted sequence; 0: none yet.
    [[nodiscard]] std::uint64_t newest() const { return newest_; }

private:
    Arrival advance(std::uint64_t sequence);
    Arrival look_back(std::uint64_t sequence);
    Arrival suspect(std::uint64_t sequence);

    std::uint64_t newest_ = 0;
    std::uint64_t seen_ = 0;     // bit i: newest_ - i has been here
    std::uint64_t missing_ = 0;  // bit i: newest_ - i was told missing
    std::uint64_t suspect_ = 0;  // a far-off sequence that awaits its successor; 0: none
};

}  // namespace mcast::protocol
