#include "transports/dpdk/device_name.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace mcast::dpdk {

namespace {

// "03:00.0" or "0000:03:00.0"; the former is made the latter. Empty for anything else.
std::string pci_address(std::string_view text) {
    std::string shape;
    for (const char each : text)
        shape += std::isxdigit(static_cast<unsigned char>(each)) != 0 ? 'x' : each;
    if (shape == "xx:xx.x") return "0000:" + std::string(text);
    return shape == "xxxx:xx:xx.x" ? std::string(text) : std::string();
}

}  // namespace

Result<DeviceName> DeviceName::parse(std::string_view text) {
    DeviceName device;
    const std::size_t comma = text.find(',');
    device.name = text.substr(0, comma);
    if (comma != std::string_view::npos) device.arguments = text.substr(comma + 1);
    if (device.name.empty())
        return Error{ErrorCode::InvalidArgument, EINVAL,
                     "no device is named: give a PCI address such as 0000:03:00.0, or a virtual "
                     "device such as net_af_packet0,iface=eth1"};
    if (std::string pci = pci_address(device.name); !pci.empty()) {
        device.kind = Kind::Pci;
        device.name = std::move(pci);
    } else if (device.name.starts_with("net_") || device.name.starts_with("eth_")) {
        device.kind = Kind::Virtual;
        device.driver = device.name;
        while (!device.driver.empty() && device.driver.back() >= '0' && device.driver.back() <= '9')
            device.driver.pop_back();
    }
    return device;
}

std::string DeviceName::argument(std::string_view key) const {
    std::string_view rest = arguments;
    while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        if (one.size() > key.size() && one.starts_with(key) && one[key.size()] == '=')
            return std::string(one.substr(key.size() + 1));
    }
    return {};
}

void DeviceName::add_argument(std::string_view key, std::string_view value) {
    if (!argument(key).empty()) return;
    if (!arguments.empty()) arguments += ',';
    arguments.append(key).append("=").append(value);
}

void complete_arguments(DeviceName& device, std::size_t frame_max) {
    if (device.is("net_af_packet")) {
        // 512 frames, the default, are lost in bursts that a moment's sleep leaves waiting.
        // The kernel puts a header of 66 bytes before each frame.
        const std::size_t frame = std::max<std::size_t>(2048, std::bit_ceil(frame_max + 66));
        device.add_argument("blocksz", std::to_string(frame * 64));
        device.add_argument("framesz", std::to_string(frame));
        device.add_argument("framecnt", std::to_string((16u << 20) / frame));
        // What leaves shall be seen by others on this machine that listen to the interface: other
        // nodes on AF_PACKET, and captures. It costs a little speed.
        device.add_argument("qdisc_bypass", "0");
    } else if (device.is("net_af_xdp")) {
        // With a budget every look at an empty queue is a system call.
        device.add_argument("busy_budget", "0");
    }
}

namespace {

std::string pci_remedy(const DeviceName& device, const std::string& folder) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path path = fs::path(folder) / device.name;
    if (!fs::exists(path, error))
        return "there is no PCI device with this address: lspci -D lists them";
    const fs::path driver = fs::read_symlink(path / "driver", error).filename();
    if (error)
        return "no kernel driver serves it: modprobe vfio-pci && dpdk-devbind.py -b vfio-pci " +
               device.name;
    if (driver == "vfio-pci" || driver == "uio_pci_generic" || driver == "igb_uio")
        return "it is bound to " + driver.string() +
               ": see that /dev/vfio can be opened by this user, that the memory may be locked "
               "(ulimit -l), and that the driver of the card is installed (Debian: dpdk)";
    return "the kernel driver " + driver.string() + " holds it: dpdk-devbind.py -b vfio-pci " +
           device.name + " takes it away from the kernel (its addresses go with it)";
}

}  // namespace

std::string device_remedy(const DeviceName& device, int error, const std::string& pci_folder) {
    if (device.kind == DeviceName::Kind::Pci) return pci_remedy(device, pci_folder);
    if (device.kind == DeviceName::Kind::Other)
        return "it is neither a PCI address, nor a virtual device (net_…), nor a port that the "
               "application has made";
    if (device.is("net_af_packet") && error != EINVAL)
        return "see that the interface " + device.argument("iface") +
               " exists and that this user has CAP_NET_RAW";
    if (device.is("net_af_xdp"))
        return "see that the interface " + device.argument("iface") +
               " exists, that this user is root, that no other XDP program is on it (ip link set " +
               device.argument("iface") +
               " xdp off), and that this process has not had it open before: DPDK's driver keeps "
               "its queue until the process ends";
    if (device.is("net_tap")) return "it needs CAP_NET_ADMIN and /dev/net/tun";
    if (device.is("net_memif"))
        return "see that the socket is not taken and its folder can be written";
    return "see that its driver is installed (Debian: dpdk brings lib"
           "rte-net-*) and that its "
           "arguments are right: " +
           device.arguments;
}

}  // namespace mcast::dpdk
