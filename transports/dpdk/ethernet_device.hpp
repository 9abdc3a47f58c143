#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mcast/result.hpp"
#include "transports/dpdk/device_name.hpp"
#include "transports/dpdk/mac_address.hpp"

struct rte_mbuf;
struct rte_mempool;

namespace mcast::dpdk {

// One port of DPDK: hot-added when it is opened and removed when it goes, unless the application
// has made it. One queue each way.
class EthernetDevice {
public:
    struct Request {
        std::uint32_t mtu = 0;  // 0: as it is
        std::uint16_t receive_descriptors = 0;
        std::uint16_t transmit_descriptors = 0;
    };
    // What the device can and has.
    struct Traits {
        std::string driver;
        std::uint32_t kernel_interface = 0;  // ifindex of the interface it stands on, or 0
        std::uint16_t receive_descriptors = 0;
        std::uint16_t transmit_descriptors = 0;
        std::uint32_t mtu = 0;
        bool sums_udp = false;       // computes UDP checksums of what is sent
        bool verifies_sums = false;  // and tells about those of what arrives
    };

    [[nodiscard]] static Result<EthernetDevice> open(const DeviceName& name,
                                                     const Request& request);
    EthernetDevice(EthernetDevice&& other) noexcept;
    EthernetDevice& operator=(EthernetDevice&& other) noexcept;
    ~EthernetDevice();

    // Receives into mbufs of this pool from now on.
    Result<void> start(rte_mempool& pool);

    [[nodiscard]] const Traits& traits() const { return traits_; }
    [[nodiscard]] const DeviceName& name() const { return name_; }
    // All zero where the device has none.
    [[nodiscard]] MacAddress mac() const;
    [[nodiscard]] bool link_up() const;
    // Frames that the device had to drop, as far as it knows.
    [[nodiscard]] std::uint64_t dropped() const;

    [[nodiscard]] std::size_t receive(std::span<rte_mbuf*> frames) const;
    // Takes a prefix; what it has taken it frees.
    [[nodiscard]] std::size_t send(std::span<rte_mbuf*> frames) const;
    // Lets the device notice what it has sent, so that mbufs come back while nothing is sent.
    void reclaim() const;

    // Which group addresses it shall let in. Tries, in this order, a list of them, one by one, all
    // groups, everything; remembers what worked. False: none did.
    bool filter_groups(std::span<const MacAddress> groups);
    // How filter_groups() did it, for a note.
    [[nodiscard]] std::string_view filter_used() const;

private:
    enum class Filter : std::uint8_t { List, Each, AllGroups, Everything, Nothing };
    EthernetDevice(DeviceName name, std::uint16_t port, bool added)
        : name_(std::move(name)), port_(port), added_(added) {}
    void look(const Request& request);
    bool try_filter(Filter filter, std::span<const MacAddress> groups);

    DeviceName name_;
    std::uint16_t port_ = 0;
    bool added_ = false;    // by us
    bool open_ = true;      // false: moved away
    bool started_ = false;  // by us
    Traits traits_;
    Filter filter_ = Filter::List;
    std::vector<MacAddress> added_groups_;  // Filter::Each
};

}  // namespace mcast::dpdk
