#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mcast/dpdk.hpp"
#include "mcast/result.hpp"
#include "mcast/transport.hpp"
#include "transports/dpdk/ethernet_device.hpp"
#include "transports/dpdk/frame_parser.hpp"
#include "transports/dpdk/mbuf_pool.hpp"
#include "transports/dpdk/neighbours.hpp"
#include "transports/dpdk/port_clock.hpp"
#include "transports/dpdk/port_filter.hpp"
#include "transports/dpdk/port_groups.hpp"
#include "transports/dpdk/port_user.hpp"
#include "transports/dpdk/route_cache.hpp"
#include "transports/dpdk/send_burst.hpp"
#include "transports/dpdk/turn.hpp"
#include "transports/dpdk/waiting_room.hpp"

namespace mcast::dpdk {

// A started device with its mbufs, and the nodes of this process that share it. Whoever has the
// turn moves frames for all of them: takes them out of the device and to those they are for, in
// place for the first and as a copy for others, and answers what neighbours and routers ask.
//
// All calls but turn() and those marked so need the turn.
class Port {
public:
    [[nodiscard]] static Result<std::unique_ptr<Port>> open(const Options& options);
    // What stands between the kernel's interface and a device that shares it.
    struct Partition {
        std::optional<PortFilter> filter;
        std::string note;  // why there is none, where there could be one
    };
    Port(EthernetDevice device, MbufPool pool, Partition partition, const Options& options);
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    ~Port();

    [[nodiscard]] Turn& turn() { return turn_; }

    // Fails when nodes_max share it already.
    Result<void> add(PortUser& user);
    void remove(PortUser& user);

    Result<void> attach(PortUser& user, const Interface& interface);
    void detach(PortUser& user);
    Result<void> join(PortUser& user, const Group& group);
    void leave(PortUser& user, const Group& group);

    // Takes in one burst of frames and runs what is due. How many frames there were.
    std::size_t poll();
    // Sends a prefix of the batch.
    std::size_t send(PortUser& user, std::span<Datagram> batch);

    // Unchanging; without the turn.
    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] const EthernetDevice& device() const { return device_; }
    [[nodiscard]] const MbufPool& pool() const { return pool_; }
    [[nodiscard]] InterfaceIndex index() const { return index_; }
    [[nodiscard]] const MacAddress& mac() const { return station_.mac; }
    [[nodiscard]] bool has_kernel_interface() const { return kernel_interface_; }
    [[nodiscard]] std::vector<std::string> notes() const;

    // Whether the device has a link, as of some milliseconds ago; without the turn.
    [[nodiscard]] bool link_up() const { return link_up_.load(std::memory_order_relaxed); }
    // That, and the kernel has nothing against it; without the turn.
    [[nodiscard]] bool is_up() const {
        return link_up() && usable_.load(std::memory_order_relaxed);
    }
    // What the kernel says about the interface below; without the turn.
    void set_usable(bool usable) { usable_.store(usable, std::memory_order_relaxed); }

    [[nodiscard]] PortCounters counters() const;

private:
    enum class Fate : std::uint8_t { Frame, Local, Kernel, Waiting, Refused, Busy };
    struct Prepared {
        Fate fate = Fate::Refused;
        bool stays_out = false;  // nobody of this port wants it
        int error = 0;
    };

    // Nodes and what they joined: port.cpp.
    [[nodiscard]] std::uint16_t free_unicast_port() const;
    Result<void> hold_port(PortUser& user, const Interface& interface);
    [[nodiscard]] bool anybody_wants(const Address& group) const;
    [[nodiscard]] RouteCache& routes_of(const PortUser& user);
    void forget_routes();
    void update_addresses();
    void update_filter();
    // The kernel answers and asks for neighbours; we see none of it.
    [[nodiscard]] bool kernel_has_neighbours() const {
        return partition_.filter && options_.vlan == 0;
    }
    // What is due: port_upkeep.cpp.
    void keep_up(Instant now);
    void look_at_link(Instant now);
    void write_due(Instant now);
    bool send_control(std::size_t (Port::*write)(Instant, std::span<std::byte>), Instant now);
    std::size_t write_neighbours(Instant now, std::span<std::byte> frame);
    std::size_t write_groups(Instant now, std::span<std::byte> frame);
    void seat_waiting(Instant now);
    // Receiving: port_receive.cpp.
    std::size_t take_in_burst(Instant now);
    void take_in_neighbour(const ParsedFrame& frame, Instant now);
    void take_in(rte_mbuf& mbuf, Instant now, WallTime wall);
    [[nodiscard]] bool is_latest_sender(const ParsedFrame& frame, Instant now) const;
    void meet(const ParsedFrame& frame, Instant now);
    void deliver(rte_mbuf& mbuf, const ParsedFrame& frame, WallTime now);
    void find_readers(rte_mbuf& mbuf, const ParsedFrame& frame, WallTime now);
    void give(PortUser& user, rte_mbuf& mbuf, const ParsedFrame& frame, Way way, WallTime now);
    void hand_over(PortUser& user, const Arrival& arrival);
    void copy_to(PortUser& user, std::span<const std::byte> payload, const Endpoint& source,
                 const Endpoint& destination, Way way, WallTime now);
    [[nodiscard]] std::byte* own_payload(rte_mbuf*& mbuf, std::span<const std::byte> payload);
    void count_drop(const ParsedFrame& frame);
    void tell_of_checksum(const ParsedFrame& frame) const;
    [[nodiscard]] bool is_own(const Endpoint& source) const;
    // Sending: port_send.cpp.
    std::size_t send_some(PortUser& user, std::span<Datagram> batch);
    std::size_t give_up(PortUser& user, std::span<Datagram> batch);
    [[nodiscard]] Prepared prepare(PortUser& user, const Datagram& datagram, std::size_t at);
    // Null: `prepared` says why.
    [[nodiscard]] const RouteCache::Route* route(PortUser& user, const Datagram& datagram,
                                                 Prepared& prepared);
    [[nodiscard]] std::size_t payload_max(const PortUser& user, const Endpoint& destination) const;
    [[nodiscard]] bool find_neighbour(PortUser& user, const Datagram& datagram, MacAddress& mac,
                                      Prepared& prepared);
    void finish(PortUser& user, const Datagram& datagram, const Prepared& prepared);
    bool deliver_locally(PortUser& sender, const Datagram& datagram);

    const Options options_;
    PortClock clock_;
    MbufPool pool_;  // outlives the device, which gives its mbufs back when it ends
    EthernetDevice device_;
    Partition partition_;  // ends before the device
    const bool kernel_interface_;
    const InterfaceIndex index_;
    const Station station_;
    FrameFilter filter_;
    FrameStyle style_;
    Turn turn_;
    std::vector<PortUser*> users_;
    std::vector<std::unique_ptr<RouteCache>> routes_;  // beside users_
    // Of the latest datagram; the next is likely to come and to go the same way.
    struct Sender {
        Endpoint source;
        MacAddress mac;
        Instant until = Instant::min();
    } sender_;
    struct Reader {
        Endpoint group;
        PortUser* user = nullptr;  // the only one that wants it
    } reader_;
    Neighbours neighbours_;
    PortGroups groups_;
    WaitingRoom waiting_;
    std::atomic<bool> link_up_{true};
    std::atomic<bool> usable_{true};
    bool was_up_ = true;
    Instant due_at_{};  // nothing is before
    Instant next_look_{};
    Instant next_seat_{};
    Instant stalled_since_ = kNever;               // the device takes nothing since then
    Instant kernel_nodes_until_ = Instant::min();  // sockets of this machine were heard
    SendBurst burst_;
    std::array<Prepared, SendBurst::kMax> prepared_{};  // beside the datagrams of a burst
    DropCounters drops_;
    PortCounters counters_;
};

}  // namespace mcast::dpdk
