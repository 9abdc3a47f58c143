#pragma once

#include <chrono>
#include <string>

#include "mcast/mcast.hpp"

namespace couch {

inline constexpr auto kFrame = std::chrono::microseconds(16'667);  // the world, 60 times a second
inline constexpr auto kTurn = std::chrono::microseconds(8'333);    // inputs, 120 times a second

struct Settings {
    mcast::NodeOptions node{.domain = "couch"};
    std::chrono::seconds duration = std::chrono::hours(24);
    std::string backend = "socket";  // how datagrams reach the kernel
    std::string report;              // a file to append JSON lines to
};

[[nodiscard]] bool interrupted();  // by Ctrl-C
int complain(const mcast::Error& error);
mcast::Result<mcast::Node> open(const Settings& settings);

int play_host(const Settings& settings);
int play_pad(const Settings& settings);

}  // namespace couch
