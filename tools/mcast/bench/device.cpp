#include "tools/mcast/bench/device.hpp"

#include <algorithm>
#include <array>

namespace mcast::bench {
namespace {

constexpr std::array<Device, 4> kDevices{{
    {"dpdk:af_packet", true, false},
    {"dpdk:af_xdp", true, false},
    {"dpdk:memif", false, false},
    {"dpdk:ring", false, true},
}};

}  // namespace

std::span<const Device> devices() {
    return kDevices;
}

const Device* find_device(std::string_view backend) {
    const auto found = std::find_if(kDevices.begin(), kDevices.end(),
                                    [&](const Device& each) { return each.backend == backend; });
    return found == kDevices.end() ? nullptr : &*found;
}

std::string device_text(const Device& device, Role role, const std::string& run) {
    const std::string driver = "net" + std::string(device.backend).replace(0, 5, "_") + "0";
    if (device.on_link) return driver + ",iface=" + kDeviceLink;
    // An abstract socket ("@"): no file is left behind. Its name has no "/", as no path has.
    std::string name = "@mcast-" + run;
    std::replace(name.begin(), name.end(), '/', '-');
    return driver + ",role=" + (role == Role::Sender ? "server" : "client") +
           ",id=0,socket=" + name;
}

std::string device_address(const Device& device, Role role) {
    if (device.on_link) return {};
    return role == Role::Sender ? "10.76.0.1/24" : "10.76.0.2/24";
}

}  // namespace mcast::bench
