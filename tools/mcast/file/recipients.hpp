#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mcast/time.hpp"
#include "tools/mcast/file/request.hpp"

namespace mcast::cli {

// One who receives our files. It keeps its number when it is started again.
struct Recipient {
    std::uint64_t number = 0;
    PeerId peer;
    std::string name;
    ReceiverState state = ReceiverState::LOOKING;
    std::uint64_t have = 0;      // bytes
    std::uint64_t answered = 0;  // the newest end that it has answered
    std::string reason;
    bool gone = false;  // its peer is; it may come back
    Instant gone_at{};
};

// All who receive our files, and whether that has come to its end. Knows no network: requests and
// departures are told to it.
class Recipients {
public:
    // `absence`: for how long one that is gone may come back.
    explicit Recipients(Duration absence) : absence_(absence) {}

    void on_request(const std::string& name, PeerId peer, const Request& request);
    void on_gone(Instant now, PeerId peer);

    [[nodiscard]] const std::vector<Recipient>& all() const { return all_; }
    // Those who are there and do not have it all.
    [[nodiscard]] std::size_t active_count() const;
    // Those who are there or have it all.
    [[nodiscard]] std::size_t ready_count() const;
    [[nodiscard]] std::size_t complete_count() const;
    // Whether all who are there have answered this end, or need no more.
    [[nodiscard]] bool have_answered(std::uint64_t end) const;
    // Whether nobody is left to wait for: complete, failed, left, or gone for too long.
    [[nodiscard]] bool are_finished(Instant now) const;

private:
    static bool is_finished(const Recipient& recipient);

    Duration absence_;
    std::vector<Recipient> all_;
};

}  // namespace mcast::cli
