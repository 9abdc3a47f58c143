#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mcast/result.hpp"

namespace mcast::dpdk {

// What Options::device names.
struct DeviceName {
    enum class Kind : std::uint8_t { Pci, Virtual, Other } kind = Kind::Other;
    std::string name;       // "0000:03:00.0", "net_af_packet0"
    std::string driver;     // of a virtual device: "net_af_packet"
    std::string arguments;  // "iface=eth1,blocksz=…"

    // Fails on an empty one, with a sentence.
    [[nodiscard]] static Result<DeviceName> parse(std::string_view text);

    [[nodiscard]] bool is(std::string_view driver_name) const { return driver == driver_name; }
    // The value of an argument, or empty.
    [[nodiscard]] std::string argument(std::string_view key) const;
    // Adds an argument unless it is given already.
    void add_argument(std::string_view key, std::string_view value);
};

// Adds what a driver needs to run well and its defaults do not give. `frame_max`: bytes of the
// largest frame.
void complete_arguments(DeviceName& device, std::size_t frame_max);

// What to do about a device that cannot be added, as a clause; empty if nothing is known. `error`
// is a positive errno.
[[nodiscard]] std::string device_remedy(const DeviceName& device, int error,
                                        const std::string& pci_folder = "/sys/bus/pci/devices");

}  // namespace mcast::dpdk
