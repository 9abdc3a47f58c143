#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "json.hpp"
#include "mcast/mcast.hpp"
#include "options.hpp"
#include "probe.capnp.h"

namespace probe {

// What a probe publishes and hears: numbered messages on every topic it was told.
class Traffic {
public:
    Traffic(mcast::Node& node, const Settings& settings);

    void publish();
    void drain();
    void note(const mcast::Event& event);
    // A line with all counters.
    void print_stats() const;

private:
    struct Stream {
        std::string peer;
        std::uint64_t count = 0;
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::uint64_t missing = 0;   // numbers skipped
        std::uint64_t repeated = 0;  // numbers that came again, or late
        mcast::WallTime received_at{};
        std::set<std::string> interfaces;
    };
    void take(const std::string& topic, const mcast::Sample<Count>& sample);
    const std::string& interface_name(mcast::InterfaceIndex index);
    [[nodiscard]] std::string streams() const;
    [[nodiscard]] std::string interfaces() const;

    mcast::Node& node_;
    const Settings& settings_;
    std::vector<mcast::Publisher<Count>> publishers_;
    std::vector<mcast::Subscriber<Count>> subscribers_;
    std::map<std::pair<std::string, mcast::PeerId>, Stream> streams_;
    std::map<mcast::PeerId, std::string> names_;
    std::map<mcast::InterfaceIndex, std::string> interface_names_;
    std::uint64_t number_ = 0;
};

}  // namespace probe
