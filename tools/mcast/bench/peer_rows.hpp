#pragma once

#include <string>
#include <vector>

#include "mcast/result.hpp"

namespace mcast::bench {

// What bench/peers measured of another library on the same link.
struct PeerRow {
    std::string peer;
    std::string variant;
    std::string mode;
    double size = 0;
    double rate = 0;  // messages a second at one subscriber
    double lost = 0;  // fractions
    double drop = 0;
    double p50_us = 0;
    double p99_us = 0;
    std::string note;
    std::string json;  // the line itself
};

// One for each line of the file that is not empty.
[[nodiscard]] Result<std::vector<PeerRow>> read_peer_rows(const std::string& path);

}  // namespace mcast::bench
