#pragma once

#include <string_view>
#include <utility>

#include "mcast/dpdk.hpp"
#include "mcast/result.hpp"

namespace mcast::dpdk {

class Port;

// A share of an open port: the last one closes it.
class PortLease {
public:
    // Opens the port of the device, or shares the one that is open.
    [[nodiscard]] static Result<PortLease> open(const Options& options);
    PortLease(const PortLease& other);
    PortLease(PortLease&& other) noexcept : port_(std::exchange(other.port_, nullptr)) {}
    PortLease& operator=(PortLease other) noexcept {
        std::swap(port_, other.port_);
        return *this;
    }
    ~PortLease();

    [[nodiscard]] Port& operator*() const { return *port_; }
    [[nodiscard]] Port* operator->() const { return port_; }

private:
    explicit PortLease(Port& port) : port_(&port) {}
    Port* port_ = nullptr;
};

}  // namespace mcast::dpdk
