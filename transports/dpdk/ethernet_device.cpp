#include "transports/dpdk/ethernet_device.hpp"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "transports/dpdk/eal.hpp"
#include "transports/dpdk/xdp_log.hpp"

namespace mcast::dpdk {

namespace {

rte_ether_addr to_ether(const MacAddress& mac) {
    rte_ether_addr address{};
    std::memcpy(address.addr_bytes, mac.bytes.data(), mac.bytes.size());
    return address;
}

Error refused(const std::string& step, int error, const std::string& remedy, std::uint64_t mark) {
    const ErrorCode code = error == EPERM || error == EACCES ? ErrorCode::PermissionDenied
                           : error == ENOENT || error == ENODEV || error == ENOTSUP
                               ? ErrorCode::Unsupported
                               : ErrorCode::System;
    return {
        code, error,
        step + ": " + rte_strerror(error) + eal_said(mark) + (remedy.empty() ? "" : "; " + remedy)};
}

}  // namespace

Result<EthernetDevice> EthernetDevice::open(const DeviceName& name, const Request& request) {
    const std::string step = "add " + name.name;
    const XdpLog quiet;
    std::uint16_t port = 0;
    bool added = false;
    if (rte_eth_dev_get_port_by_name(name.name.c_str(), &port) != 0) {
        const std::uint64_t mark = eal_log().mark();
        const char* const bus = name.kind == DeviceName::Kind::Pci ? "pci" : "vdev";
        const int result =
            name.kind == DeviceName::Kind::Other
                ? -ENODEV
                : rte_eal_hotplug_add(bus, name.name.c_str(), name.arguments.c_str());
        if (result != 0) return refused(step, -result, device_remedy(name, -result), mark);
        added = true;
        if (rte_eth_dev_get_port_by_name(name.name.c_str(), &port) != 0) {
            rte_eal_hotplug_remove(bus, name.name.c_str());
            return refused(step, ENODEV, "it is no network device", mark);
        }
    }
    EthernetDevice device(name, port, added);
    device.look(request);
    return device;
}

void EthernetDevice::look(const Request& request) {
    rte_eth_dev_info info{};
    if (rte_eth_dev_info_get(port_, &info) != 0) return;
    traits_.driver = info.driver_name != nullptr ? info.driver_name : "";
    traits_.kernel_interface = info.if_index;
    traits_.receive_descriptors = request.receive_descriptors;
    traits_.transmit_descriptors = request.transmit_descriptors;
    rte_eth_dev_adjust_nb_rx_tx_desc(port_, &traits_.receive_descriptors,
                                     &traits_.transmit_descriptors);
    std::uint16_t mtu = 0;
    if (rte_eth_dev_get_mtu(port_, &mtu) == 0) traits_.mtu = mtu;
    if (request.mtu != 0) traits_.mtu = request.mtu;
    traits_.sums_udp = (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_UDP_CKSUM) != 0;
    constexpr std::uint64_t kVerify = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
    traits_.verifies_sums = (info.rx_offload_capa & kVerify) == kVerify;
}

Result<void> EthernetDevice::start(rte_mempool& pool) {
    const std::string step = "start " + name_.name;
    const XdpLog quiet;
    const std::uint64_t mark = eal_log().mark();
    rte_eth_conf conf{};
    conf.rxmode.mtu = traits_.mtu;
    if (traits_.verifies_sums)
        conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
    if (traits_.sums_udp) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
    if (const int result = rte_eth_dev_configure(port_, 1, 1, &conf); result != 0)
        return refused(step, -result,
                       -result == EBUSY ? "the application has started this port itself: leave "
                                          "that to the host"
                                        : "",
                       mark);
    const int socket = rte_eth_dev_socket_id(port_);
    const unsigned node = static_cast<unsigned>(socket);  // SOCKET_ID_ANY is -1
    int result =
        rte_eth_rx_queue_setup(port_, 0, traits_.receive_descriptors, node, nullptr, &pool);
    if (result == 0)
        result = rte_eth_tx_queue_setup(port_, 0, traits_.transmit_descriptors, node, nullptr);
    // Virtual devices take the kernel interface's and cannot change it.
    if (result == 0)
        static_cast<void>(rte_eth_dev_set_mtu(port_, static_cast<std::uint16_t>(traits_.mtu)));
    if (result == 0) result = rte_eth_dev_start(port_);
    if (result != 0) return refused(step, -result, device_remedy(name_, -result), mark);
    started_ = true;
    return {};
}

EthernetDevice::EthernetDevice(EthernetDevice&& other) noexcept
    : name_(std::move(other.name_)),
      port_(other.port_),
      added_(other.added_),
      open_(std::exchange(other.open_, false)),
      started_(std::exchange(other.started_, false)),
      traits_(std::move(other.traits_)),
      filter_(other.filter_),
      added_groups_(std::move(other.added_groups_)) {}

EthernetDevice& EthernetDevice::operator=(EthernetDevice&& other) noexcept {
    std::swap(name_, other.name_);
    std::swap(port_, other.port_);
    std::swap(added_, other.added_);
    std::swap(open_, other.open_);
    std::swap(started_, other.started_);
    std::swap(traits_, other.traits_);
    std::swap(filter_, other.filter_);
    std::swap(added_groups_, other.added_groups_);
    return *this;
}

EthernetDevice::~EthernetDevice() {
    if (!open_) return;
    const XdpLog quiet;
    if (started_) rte_eth_dev_stop(port_);
    if (!added_) return;
    rte_eth_dev_close(port_);
    rte_eal_hotplug_remove(name_.kind == DeviceName::Kind::Pci ? "pci" : "vdev",
                           name_.name.c_str());
}

MacAddress EthernetDevice::mac() const {
    rte_ether_addr address{};
    if (rte_eth_macaddr_get(port_, &address) != 0) return {};
    MacAddress mac;
    std::memcpy(mac.bytes.data(), address.addr_bytes, mac.bytes.size());
    return mac;
}

bool EthernetDevice::link_up() const {
    rte_eth_link link{};
    return rte_eth_link_get_nowait(port_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

std::uint64_t EthernetDevice::dropped() const {
    rte_eth_stats stats{};
    return rte_eth_stats_get(port_, &stats) == 0 ? stats.imissed + stats.rx_nombuf : 0;
}

std::size_t EthernetDevice::receive(std::span<rte_mbuf*> frames) const {
    return rte_eth_rx_burst(port_, 0, frames.data(), static_cast<std::uint16_t>(frames.size()));
}

std::size_t EthernetDevice::send(std::span<rte_mbuf*> frames) const {
    return rte_eth_tx_burst(port_, 0, frames.data(), static_cast<std::uint16_t>(frames.size()));
}

void EthernetDevice::reclaim() const {
    if (rte_eth_tx_done_cleanup(port_, 0, 0) < 0)
        rte_eth_tx_burst(port_, 0, nullptr, 0);  // drivers look on the way
}

bool EthernetDevice::filter_groups(std::span<const MacAddress> groups) {
    while (filter_ != Filter::Nothing) {
        if (try_filter(filter_, groups)) return true;
        filter_ = static_cast<Filter>(static_cast<std::uint8_t>(filter_) + 1);
    }
    return false;
}

bool EthernetDevice::try_filter(Filter filter, std::span<const MacAddress> groups) {
    switch (filter) {
        case Filter::List: {
            std::vector<rte_ether_addr> list;
            for (const MacAddress& group : groups)
                list.push_back(to_ether(group));
            return rte_eth_dev_set_mc_addr_list(port_, list.data(),
                                                static_cast<std::uint32_t>(list.size())) == 0;
        }
        case Filter::Each: {
            const auto gone = [&](const MacAddress& mac) {
                if (std::find(groups.begin(), groups.end(), mac) != groups.end()) return false;
                rte_ether_addr address = to_ether(mac);
                rte_eth_dev_mac_addr_remove(port_, &address);
                return true;
            };
            std::erase_if(added_groups_, gone);
            for (const MacAddress& group : groups) {
                if (std::find(added_groups_.begin(), added_groups_.end(), group) !=
                    added_groups_.end())
                    continue;
                rte_ether_addr address = to_ether(group);
                if (rte_eth_dev_mac_addr_add(port_, &address, 0) != 0) return false;
                added_groups_.push_back(group);
            }
            return true;
        }
        case Filter::AllGroups:
            return rte_eth_allmulticast_enable(port_) == 0;
        case Filter::Everything:
            return rte_eth_promiscuous_enable(port_) == 0;
        case Filter::Nothing:
            break;
    }
    return false;
}

std::string_view EthernetDevice::filter_used() const {
    switch (filter_) {
        case Filter::List:
            return "the device filters groups by a list";
        case Filter::Each:
            return "the device filters groups by address";
        case Filter::AllGroups:
            return "the device lets all groups in; it cannot filter them";
        case Filter::Everything:
            return "the device is promiscuous; it can neither filter groups nor let all of them in";
        case Filter::Nothing:
            break;
    }
    return "the device can let no group in: reach peers by unicast (NodeOptions::peers)";
}

}  // namespace mcast::dpdk
