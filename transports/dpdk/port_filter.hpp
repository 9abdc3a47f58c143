#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"
#include "transports/dpdk/port_filter_code.hpp"

namespace mcast::dpdk {

// An XDP program on the interface below an AF_XDP port, which takes what is for our ports and
// leaves all else to the kernel. It goes with this object, and with the process however that ends.
//
// The driver attaches a program of its own making or one from a file, and makes the map of sockets
// with it. So it is given one that lets everything pass, which engage() replaces.
class PortFilter {
public:
    // Takes nothing yet. Fails where the kernel does not let us, with the reason.
    [[nodiscard]] static Result<PortFilter> make(std::uint16_t vlan);
    PortFilter(PortFilter&&) = default;
    PortFilter& operator=(PortFilter&&) = default;

    // For the driver's argument xdp_prog, until it has started.
    [[nodiscard]] std::string driver_path() const;
    // When the driver has started on that interface: takes from now on what is ours.
    Result<void> engage(std::uint32_t interface, const MacAddress& mac);
    // Removes what the driver, or one that was killed while it started, has left there.
    static void clean(std::uint32_t interface);

    // All ports that are ours from now on.
    void set_ports(std::span<const std::uint16_t> ports);

private:
    PortFilter() = default;

    std::uint16_t vlan_ = 0;
    FileDescriptor driver_;  // the object that it loads
    FileDescriptor ports_map_;
    std::vector<std::uint16_t> ports_;
    FileDescriptor link_;  // of program and interface: it ends with its last descriptor
};

}  // namespace mcast::dpdk
