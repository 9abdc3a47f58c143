#include "transports/dpdk/port_table.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "transports/dpdk/port.hpp"
#include "transports/dpdk/turn.hpp"

namespace mcast::dpdk {

namespace {

// The open ports of the process, beside EAL the only thing that its nodes share.
struct OpenPort {
    std::string device;
    std::unique_ptr<Port> port;
    std::size_t leases = 0;
};
struct Table {
    Turn turn;
    std::vector<OpenPort> ports;
};

Table& table() {
    static auto* const only = new Table;  // hosts may end with the process
    return *only;
}

OpenPort* find(std::string_view device) {
    for (OpenPort& open : table().ports)
        if (open.device == device) return &open;
    return nullptr;
}

OpenPort* find(const Port* port) {
    for (OpenPort& open : table().ports)
        if (open.port.get() == port) return &open;
    return nullptr;
}

}  // namespace

Result<PortLease> PortLease::open(const Options& options) {
    const Turn::Hold hold(table().turn);
    OpenPort* open = find(options.device);
    if (open == nullptr) {
        Result<std::unique_ptr<Port>> port = Port::open(options);
        if (!port) return port.error();
        open = &table().ports.emplace_back(OpenPort{options.device, std::move(*port), 0});
    }
    ++open->leases;
    return PortLease(*open->port);
}

PortLease::PortLease(const PortLease& other) : port_(other.port_) {
    if (port_ == nullptr) return;
    const Turn::Hold hold(table().turn);
    ++find(port_)->leases;
}

PortLease::~PortLease() {
    if (port_ == nullptr) return;
    const Turn::Hold hold(table().turn);
    const OpenPort* const open = find(port_);
    if (--find(port_)->leases > 0) return;
    table().ports.erase(table().ports.begin() + (open - table().ports.data()));
}

std::optional<PortCounters> port_counters(std::string_view device) {
    const Turn::Hold hold(table().turn);
    const OpenPort* const open = find(device);
    if (open == nullptr) return std::nullopt;
    const Turn::Hold use(open->port->turn());
    return open->port->counters();
}

}  // namespace mcast::dpdk
