#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "mcast/interface.hpp"
#include "transports/sim/machine.hpp"

namespace mcast::sim {

// Shows the interfaces of a simulated machine as they were at the last poll().
class SimMonitor final : public InterfaceMonitor {
public:
    explicit SimMonitor(const Machine& machine)
        : machine_(machine), version_(machine.version()), interfaces_(machine.interfaces()) {}

    [[nodiscard]] std::span<const Interface> interfaces() const override { return interfaces_; }
    bool poll() override {
        if (version_ == machine_.version()) return false;
        version_ = machine_.version();
        std::vector<Interface> now = machine_.interfaces();
        if (now == interfaces_) return false;
        interfaces_ = std::move(now);
        return true;
    }
    // A change ends SimTransport::wait() instead.
    [[nodiscard]] int fd() const override { return -1; }

private:
    const Machine& machine_;
    std::uint64_t version_;
    std::vector<Interface> interfaces_;
};

}  // namespace mcast::sim
