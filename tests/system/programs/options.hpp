#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "mcast/mcast.hpp"

namespace probe {

struct Settings {
    mcast::NodeOptions node;
    std::string backend = "socket";
    std::vector<std::string> publish;    // topics
    std::vector<std::string> subscribe;  // topics
    mcast::Qos qos;
    double rate = 100;           // messages a second on each topic; 0: as many as it can
    int burst = 1;               // messages at a time; so many times `rate` a second then
    std::size_t size = 0;        // bytes of padding in each message
    double duration = 3600;      // seconds
    bool every_message = false;  // a line for each message
};

// Ends the process on wrong arguments.
Settings parse(int count, char** words);

}  // namespace probe
