#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "node/control_sender.hpp"
#include "node/node_core.hpp"
#include "relay/pair_keys.hpp"

namespace mcast::relay {

// Tells the other relays on each link what this one carries to where.
class HelloSender {
public:
    explicit HelloSender(detail::NodeCore& node);

    // What is carried; told at once.
    void set_keys(std::vector<LinkKey> keys);
    // Sends what is due: a hello on each link.
    void on_deadline(Instant now);
    [[nodiscard]] Instant deadline() const { return next_; }
    void send_soon() { next_ = Instant{}; }

private:
    void send(const detail::Link& link);

    detail::NodeCore& node_;
    detail::ControlSender control_;
    std::vector<LinkKey> keys_;
    std::vector<std::uint64_t> said_;  // scratch
    Instant next_{};
};

}  // namespace mcast::relay
