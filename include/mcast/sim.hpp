#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/export.hpp"
#include "mcast/host.hpp"

namespace mcast::sim {

// What a network does to each datagram, for each receiver on its own. Probabilities are 0–1.
struct Faults {
    double loss = 0;
    double burst = 0;  // with it a run of losses begins, of 1 to `burst_length` datagrams
    std::uint32_t burst_length = 8;
    double duplicate = 0;  // delivered twice, each copy with a delay of its own
    double corrupt = 0;    // one to four bytes are changed
    double reorder = 0;    // held back by up to `reorder_delay` more
    Duration reorder_delay = std::chrono::milliseconds(5);
    Duration delay = std::chrono::microseconds(50);
    Duration jitter{};  // uniform, on top of delay; enough of it reorders
};

enum class Direction : std::uint8_t { Both, OneWay };

// An interface of a simulated host, plugged into a network (a switch) by its name.
struct Port {
    std::string name = "eth0";
    std::string network = "lan";
    InterfaceKind kind = InterfaceKind::Ethernet;
    std::uint32_t mtu = 1500;
    bool ipv4 = true;
    bool ipv6 = true;
};

// The size of each host's transport.
struct Options {
    std::size_t datagram_max = 1472;  // bytes of payload in a buffer, a multiple of 8
    std::size_t transmit_buffer_count = 128;
    std::size_t receive_buffer_count = 256;
    std::size_t receive_queue_max = 1024;  // datagrams that wait for receive(); more are dropped
};

struct Counters {
    std::uint64_t sent = 0;  // datagrams handed to send()
    std::uint64_t sent_bytes = 0;
    std::uint64_t delivered = 0;  // copies that reached a receiver's queue
    std::uint64_t lost = 0;       // by Faults::loss and Faults::burst
    std::uint64_t duplicated = 0;
    std::uint64_t corrupted = 0;
    std::uint64_t reordered = 0;
    std::uint64_t partitioned = 0;  // stopped by a partition, a filter or an interface that is down
    std::uint64_t overflowed = 0;   // a receiver's queue was full
};

// A simulated LAN in virtual time: hosts with interfaces, networks that lose, delay, duplicate,
// reorder and corrupt, cables that are cut. One seed decides everything: the same calls give the
// same run. One thread; must outlive the nodes on its hosts.
//
//     mcast::sim::Lan lan(42);
//     auto pad = mcast::Node::open({.name = "pad"}, lan.host("pad", {{.name = "wlan0"}}));
//     auto tv = mcast::Node::open({.name = "tv"}, lan.host("tv", {{.name = "eth0"}}));
//     lan.set_faults("lan", {.loss = 0.05});
//     for (int frame = 0; frame < 600; ++frame) {
//         lan.advance(16ms);
//         pad->poll();
//         tv->poll();
//     }
class MCAST_API Lan {
public:
    explicit Lan(std::uint64_t seed, const Options& options = {});
    Lan(const Lan&) = delete;
    Lan& operator=(const Lan&) = delete;
    ~Lan();

    // A new host; its interfaces are up, with addresses of their network. The name must be new.
    // May be called again with the same name after the host's node is gone: a restart.
    [[nodiscard]] Host host(std::string_view name, std::initializer_list<Port> ports);
    [[nodiscard]] Host host(std::string_view name, const std::vector<Port>& ports);

    // For another node on a machine that host() made: the same interfaces and addresses, the next
    // free unicast port. What nodes of one machine send to each other meets no faults.
    [[nodiscard]] Host join_host(std::string_view name);

    // Starts at one second.
    [[nodiscard]] Instant now() const;
    // Moves time on and delivers what is due. A node's poll_until() moves it as well.
    void advance(Duration duration);
    void advance_to(Instant time);
    // When the next datagram arrives somewhere; empty if none is under way.
    [[nodiscard]] std::optional<Instant> next_arrival() const;

    void set_faults(std::string_view network, const Faults& faults);
    // Nothing passes from `a` to `b` (and back, if Both) until heal().
    void partition(std::string_view a, std::string_view b, Direction direction = Direction::Both);
    // Multicast (and broadcast, if `broadcast`) no longer crosses the network, as with an access
    // point that filters it; unicast does.
    void filter_multicast(std::string_view network, bool broadcast = false);
    // Ends all partitions and filters, all faults (delay included) and brings all interfaces up.
    void heal();

    void interface_down(std::string_view host, std::string_view interface);
    void interface_up(std::string_view host, std::string_view interface);
    // Deleted and made anew at once: another ifindex and address, no memberships.
    void interface_recreate(std::string_view host, std::string_view interface);
    // Another address, the same ifindex.
    void interface_readdress(std::string_view host, std::string_view interface);
    // Another network (a cable moved, another Wi-Fi): new address, the same ifindex.
    void interface_move(std::string_view host, std::string_view interface,
                        std::string_view network);

    [[nodiscard]] Counters counters() const;
    // Calls for each datagram that is sent, as it leaves; for captures. Empty to stop.
    void on_send(void (*handler)(void* context, const Datagram& datagram), void* context);

    struct State;  // the machinery, in transports/sim/

private:
    std::unique_ptr<State> state_;
};

}  // namespace mcast::sim
