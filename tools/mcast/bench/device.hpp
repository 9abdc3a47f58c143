#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mcast::bench {

// What DPDK is measured on. All of it is made by the benchmark itself.
struct Device {
    const char* backend;  // "dpdk:af_packet"
    bool on_link;         // stands on a veth pair between two hosts of ours: needs namespaces
    bool in_one_process;  // both ends are of one process, a thread each
};
enum class Role : std::uint8_t { Sender, Receiver };

// The veth pair for DPDK alone: AF_XDP takes every frame of an interface, and DPDK can do without
// its offloads, which sockets cannot.
inline constexpr const char* kDeviceLink = "bench1";

[[nodiscard]] std::span<const Device> devices();
// Of a backend's name; null: it is none of DPDK's.
[[nodiscard]] const Device* find_device(std::string_view backend);

// The device as DPDK wants to hear it, but for Device::in_one_process. `run`: a name that differs
// from run to run, the same at both ends.
[[nodiscard]] std::string device_text(const Device& device, Role role, const std::string& run);
// "10.76.0.1/24"; empty where the kernel's interface has one.
[[nodiscard]] std::string device_address(const Device& device, Role role);

}  // namespace mcast::bench
