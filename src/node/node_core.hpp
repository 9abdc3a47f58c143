#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "mcast/node.hpp"
#include "node/carrier.hpp"
#include "node/context.hpp"
#include "node/discovery.hpp"
#include "node/inbound.hpp"
#include "node/membership.hpp"
#include "node/outbound.hpp"
#include "node/static_peers.hpp"
#include "node/stream_control.hpp"
#include "node/topics.hpp"
#include "protocol/peer_table.hpp"

namespace mcast::detail {

// All parts of a node and the order in which they run. Each part keeps its own state; what one
// finds out reaches the others through the calls made here.
class NodeCore {
public:
    // Not opened yet. An error says which option cannot be.
    static Result<std::unique_ptr<NodeCore>> make(const NodeOptions& options, Host host);
    NodeCore(const NodeOptions& options, Host host, InterfaceSelection selection,
             StaticPeers static_peers);
    ~NodeCore();

    Result<void> open();
    std::size_t poll();
    // Other interfaces from now on; those in both selections are not touched.
    void select(InterfaceSelection selection);
    void poll_until(Instant deadline);
    bool wait_until(Instant deadline);
    // Polls while `condition()` holds, but not beyond `deadline`; true if it no longer holds.
    template <typename Condition>
    bool poll_while(Instant deadline, Condition&& condition) {
        for (;;) {
            poll();
            if (!condition()) return true;
            if (context_.now() >= deadline) return false;
            context_.transport().wait(std::min(deadline, next_deadline()));
        }
    }
    [[nodiscard]] Instant next_deadline() const;
    void wake();  // from any thread, or a signal handler

    PublisherCore* publish(std::string_view topic, std::uint64_t type_id, const Qos& qos);
    SubscriberCore* subscribe(std::string_view topic, std::uint64_t type_id, const Qos& qos);
    void release(PublisherCore& publisher) { topics_.release(publisher); }
    void release(SubscriberCore& subscriber) { topics_.release(subscriber); }
    std::uint64_t ping(PeerId peer);
    // Makes it a relay; before open(). The carrier lives as long as this.
    void set_carrier(Carrier& carrier) { carrier_ = &carrier; }

    [[nodiscard]] Context& context() { return context_; }
    [[nodiscard]] const Context& context() const { return context_; }
    // For a carrier.
    [[nodiscard]] Outbound& outbound() { return outbound_; }
    [[nodiscard]] Membership& membership() { return membership_; }
    [[nodiscard]] protocol::PeerTable& peer_table() { return peers_; }
    [[nodiscard]] Discovery& discovery() { return discovery_; }
    // What arrived, or had arrived in an earlier life.
    void on_datagram(Instant now, Datagram& datagram);
    [[nodiscard]] std::size_t publishers_of(const SubscriberCore& subscriber) const;
    [[nodiscard]] std::vector<PeerInfo> peers() const;
    [[nodiscard]] std::vector<InterfaceStatus> interfaces() const;
    [[nodiscard]] NodeStats stats() const;
    [[nodiscard]] std::vector<StreamInfo> streams() const { return inbound_.streams(); }

private:
    void look_at_interfaces(Instant now);
    std::size_t receive(Instant now);
    void on_control(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram);
    void on_stream_datagram(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                            const protocol::Peer& peer);
    void run_timers(Instant now);
    void watch_kernel_drops(Instant now);
    void refuse(std::string_view topic, const Error& error);
    [[nodiscard]] PeerId relay_of(const protocol::Peer& peer) const;

    Context context_;
    Outbound outbound_;
    Membership membership_;
    protocol::PeerTable peers_;
    Inbound inbound_;
    Topics topics_;
    Discovery discovery_;
    StreamControl stream_control_;
    Carrier* carrier_ = nullptr;
    std::array<Datagram, 64> batch_;
    Instant next_interface_check_{};
    Instant next_drop_check_{};
    std::uint64_t kernel_dropped_ = 0;
    bool drop_reported_ = false;
    std::atomic<bool> woken_{false};
};

}  // namespace mcast::detail
