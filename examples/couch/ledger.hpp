#pragma once

#include <array>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "mcast/mcast.hpp"

namespace couch {

// Keeps account of whom a node heard, how often and how fast: each second for people, and as JSON
// lines for programs.
class Ledger {
public:
    Ledger(const mcast::Node& node, const std::string& report_path)
        : node_(node), opened_(node.now()), report_(report_path, std::ios::app) {}

    void note(const mcast::Event& event);
    // A message that its sender numbered.
    void note(const mcast::RawSample& sample, std::uint32_t number);
    void tick();
    void total();

private:
    struct Entry {
        std::string name;
        double found = 0;  // seconds since the node was opened
        bool here = false;
        std::uint64_t messages = 0;
        std::uint64_t messages_before = 0;  // at the last tick
        std::uint64_t lost = 0;             // datagrams missing from a stream
        std::uint64_t missed = 0;           // numbers missing from the messages
        std::uint32_t next_number = 0;
        mcast::WallTime first{};
        mcast::WallTime last{};
        mcast::Duration longest{};  // without a message
        mcast::InterfaceIndex interface;
        std::set<std::string> interfaces;
        std::array<float, 4096> latencies{};  // of the latest messages, in microseconds
    };
    std::ostream& report(std::string_view event, const Entry& entry);

    const mcast::Node& node_;
    const mcast::Instant opened_;
    mcast::Instant next_tick_ = opened_ + std::chrono::seconds(1);
    std::map<mcast::PeerId, Entry> entries_;
    std::ofstream report_;
};

}  // namespace couch
