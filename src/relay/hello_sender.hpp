#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "node/control_sender.hpp"
#include "node/node_core.hpp"

namespace mcast::relay {

// Tells the other relays on each link what this one carries to where.
class HelloSender {
public:
    explicit HelloSender(detail::NodeCore& node);

    // What is carried; see RelayHello.
    void set_keys(std::vector<std::uint64_t> keys);
    // What is due: a hello on each link. `reflects(interface)`: whether what comes from there is
    // carried back as well.
    template <typename Reflects>
    void on_deadline(Instant now, Reflects&& reflects) {
        if (now < next_) return;
        begin(now);
        for (const detail::Link& link : node_.membership().links()) {
            if (!link.attached) continue;
            forwards_to_.clear();
            for (const detail::Link& other : node_.membership().links())
                if (other.attached && (other.index() != link.index() || reflects(link.index())))
                    forwards_to_.push_back(other.index().value);
            send(link);
        }
    }
    [[nodiscard]] Instant deadline() const { return next_; }
    void send_soon() { next_ = Instant{}; }

private:
    void begin(Instant now);
    void send(const detail::Link& link);

    detail::NodeCore& node_;
    detail::ControlSender control_;
    std::vector<std::uint64_t> keys_;
    std::vector<std::uint32_t> forwards_to_;  // scratch
    Instant next_{};
};

}  // namespace mcast::relay
