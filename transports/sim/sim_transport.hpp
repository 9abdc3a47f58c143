#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mcast/buffer_pool.hpp"
#include "mcast/sim.hpp"
#include "mcast/transport.hpp"
#include "transports/sim/machine.hpp"
#include "transports/sim/mailbox.hpp"

namespace mcast::sim {

inline constexpr std::uint16_t kPort = 7400;              // multicast and broadcast
inline constexpr std::uint16_t kUnicastPortFirst = 7401;  // the first node of a machine

// The network card and sockets of one node on a simulated machine.
class SimTransport final : public Transport {
public:
    SimTransport(Lan::State& lan, Machine& machine, const Options& options);
    ~SimTransport() override;

    [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> attach(const Interface& interface) override;
    void detach(InterfaceIndex interface) override;
    Result<void> join(const Group& group, InterfaceIndex interface) override;
    void leave(const Group& group, InterfaceIndex interface) override;
    void loop_multicast(InterfaceIndex interface, bool on) override;
    Buffer allocate() override;
    std::size_t send(std::span<Datagram> batch) override;
    std::size_t receive(std::span<Datagram> batch) override;
    // Moves the Lan's time: to the next arrival here, else to the deadline. Without either
    // (kNever, nothing under way) it returns at once.
    void wait(Instant deadline) override;
    void wake() override;
    void watch(int fd) override;
    [[nodiscard]] TransportCounters counters(InterfaceIndex interface) const override;
    [[nodiscard]] std::size_t receive_buffers_free() const override;
    [[nodiscard]] std::optional<Endpoint> unicast_endpoint(InterfaceIndex interface,
                                                           Family family) const override;

    // For the Lan.
    [[nodiscard]] std::uint16_t unicast_port() const { return unicast_port_; }
    // Whether this arrives at one of our sockets when it reaches the interface.
    [[nodiscard]] bool wants(InterfaceIndex interface, const Endpoint& destination, Way way) const;
    // False if the queue is full: counted and dropped.
    bool deliver(const ParcelHandle& parcel, InterfaceIndex interface, WallTime now);

private:
    struct Attachment {
        InterfaceIndex interface;
        bool ipv4 = false;
        bool ipv6 = false;
        bool loops = true;          // multicast, to the other nodes of the machine
        std::vector<Group> groups;  // sorted
        TransportCounters counters;

        [[nodiscard]] bool has(Family family) const {
            return family == Family::Ipv4 ? ipv4 : family == Family::Ipv6 && ipv6;
        }
    };

    [[nodiscard]] Attachment* find(InterfaceIndex interface);
    [[nodiscard]] const Attachment* find(InterfaceIndex interface) const;
    // Whether wait() has nothing to wait for.
    [[nodiscard]] bool ready();

    Lan::State& lan_;
    Machine& machine_;
    Capabilities capabilities_;
    std::uint16_t unicast_port_;
    BufferPool transmit_;
    BufferPool receive_;
    std::vector<Attachment> attachments_;
    Mailbox mailbox_;
    std::uint64_t version_seen_;  // of the machine's interfaces, when wait() last returned
    std::atomic<bool> woken_{false};
};

}  // namespace mcast::sim
