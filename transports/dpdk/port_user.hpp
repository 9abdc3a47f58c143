#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/dpdk.hpp"
#include "mcast/interface.hpp"
#include "mcast/transport.hpp"
#include "transports/dpdk/arrival_queue.hpp"
#include "transports/dpdk/kernel_port.hpp"
#include "transports/dpdk/mbuf_buffer.hpp"

namespace mcast::dpdk {

// One node on a port: what it has joined and what waits for it. Changed by its node, read by
// whoever has the port's turn, so changed with the turn, too.
class PortUser {
public:
    explicit PortUser(const Options& options);
    PortUser(const PortUser&) = delete;
    PortUser& operator=(const PortUser&) = delete;
    ~PortUser();

    void attach(const Interface& interface, std::uint16_t unicast_port);
    // Forgets all, what waits included; the counters begin anew.
    void detach();
    [[nodiscard]] bool is_attached() const { return interface_.has_value(); }
    [[nodiscard]] const std::optional<Interface>& interface() const { return interface_; }

    // True if it was not joined before.
    bool join(const Group& group);
    bool leave(const Group& group);
    [[nodiscard]] bool wants(const Address& group) const;
    [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }

    // Where its datagrams to this destination come from; empty without an address of that family.
    [[nodiscard]] std::optional<Endpoint> source_for(const Address& destination) const;
    [[nodiscard]] std::optional<Endpoint> unicast_endpoint(Family family) const;
    [[nodiscard]] std::uint16_t unicast_port() const { return unicast_port_; }
    void set_unicast_port(std::uint16_t port) { unicast_port_ = port; }
    [[nodiscard]] std::uint16_t port() const { return options_.port; }

    enum class Interest : std::uint8_t { None, Wanted, Leaked };
    // Whether a datagram to this destination is for this node, and how it came.
    [[nodiscard]] Interest interest(const Endpoint& destination, Way& way) const;
    [[nodiscard]] bool has_address(const Address& address) const;
    [[nodiscard]] bool is_broadcast(const Address& address) const;

    ArrivalQueue arrivals;
    TransportCounters counters;
    // Written by whoever has the turn, while the node reads the counters above.
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::uint64_t> leaked{0};
    std::atomic<std::uint64_t> truncated{0};
    std::atomic<std::uint64_t> unresolved{0};
    std::optional<KernelPort> kernel_port;  // where a kernel interface stays
    Account* const transmit;
    Account* const receive;

private:
    const Options& options_;
    std::optional<Interface> interface_;
    std::vector<Group> groups_;
    std::uint16_t unicast_port_ = 0;
};

}  // namespace mcast::dpdk
