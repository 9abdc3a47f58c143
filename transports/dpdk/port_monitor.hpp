#pragma once

#include <memory>
#include <vector>

#include "mcast/interface.hpp"
#include "transports/dpdk/port_table.hpp"

namespace mcast::dpdk {

// Shows one interface: the port. Where a kernel interface stays beside it, with that one's index,
// state and addresses; else with an index that no kernel gives.
class PortMonitor final : public InterfaceMonitor {
public:
    // `kernel` may be null: there is no kernel interface.
    PortMonitor(const PortLease& port, std::vector<InterfaceAddress> addresses,
                std::unique_ptr<InterfaceMonitor> kernel);

    [[nodiscard]] std::span<const Interface> interfaces() const override { return {&own_, 1}; }
    bool poll() override;
    [[nodiscard]] int fd() const override { return kernel_ ? kernel_->fd() : -1; }

private:
    [[nodiscard]] Interface look() const;

    PortLease port_;
    const std::vector<InterfaceAddress> addresses_;  // empty: the kernel's
    std::unique_ptr<InterfaceMonitor> kernel_;
    Interface own_;
};

}  // namespace mcast::dpdk
