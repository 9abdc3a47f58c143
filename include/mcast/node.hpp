#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "mcast/event.hpp"
#include "mcast/export.hpp"
#include "mcast/host.hpp"
#include "mcast/options.hpp"
#include "mcast/peer.hpp"
#include "mcast/publisher.hpp"
#include "mcast/result.hpp"
#include "mcast/stats.hpp"
#include "mcast/subscriber.hpp"
#include "mcast/topic.hpp"

namespace mcast {

inline constexpr std::uint16_t kStaticPeerPorts = 4;  // tried for a static peer without a port

namespace detail {
class NodeCore;
}

// One participant, on one thread. It does nothing between calls: all I/O and every timer run
// inside poll() and its kin. No thread, no lock, no global; wake() apart, every call (those of its
// publishers and subscribers too) belongs to the thread that uses the node.
class MCAST_API Node {
public:
    // Over kernel sockets. No usable interface is no error: the node waits for one.
    static Result<Node> open(const NodeOptions& options = {});
    // Over another host: a simulated one, another backend.
    static Result<Node> open(const NodeOptions& options, Host host);

    Node(Node&&) noexcept;
    Node& operator=(Node&&) noexcept;
    // Says bye. Publishers and subscribers must be gone by then.
    ~Node();

    // `topic`: 1–255 bytes. If it cannot be made (a bad name, a second publisher of the topic,
    // Limits::topics_max), what is returned is false, and an event and the log say why.
    template <typename T>
    [[nodiscard]] Publisher<T> publisher(std::string_view topic, const Qos& qos = {}) {
        return Publisher<T>(raw_publisher(topic, capnp::typeId<T>(), qos));
    }
    template <typename T>
    [[nodiscard]] Subscriber<T> subscriber(std::string_view topic, const Qos& qos = {}) {
        return Subscriber<T>(raw_subscriber(topic, capnp::typeId<T>(), qos));
    }
    // Without a schema: `type_id` as announced to others.
    [[nodiscard]] RawPublisher raw_publisher(std::string_view topic, std::uint64_t type_id,
                                             const Qos& qos = {});
    // kAnyType receives the topic in every type.
    [[nodiscard]] RawSubscriber raw_subscriber(std::string_view topic,
                                               std::uint64_t type_id = kAnyType,
                                               const Qos& qos = {});

    // The host's clock.
    [[nodiscard]] Instant now() const;
    // Sends what is pending, receives what has arrived, runs the timers that are due. Never
    // blocks, does not allocate in steady state. Returns how many datagrams it took in.
    std::size_t poll();
    // Polls until `deadline`, asleep in the transport in between.
    void poll_until(Instant deadline);
    // Polls until a subscriber has a message or an event waits, but not beyond `deadline`; true if
    // there is something to drain.
    bool wait_until(Instant deadline);
    // When poll() wants to be called though nothing arrives: for loops of one's own.
    [[nodiscard]] Instant next_deadline() const;
    // Readable when poll() has something to take in, for epoll and its like; -1: the backend has
    // none.
    [[nodiscard]] int fd() const;
    // Ends a poll_until() or wait_until() early, from any thread or a signal handler: wait_until()
    // returns, poll_until() polls and goes on.
    void wake();

    // Calls `handler(const Event&)` for each event, oldest first, and returns how many.
    template <typename Handler>
    std::size_t drain_events(Handler&& handler) {
        std::size_t count = 0;
        Event event;
        while (next_event(event)) {
            handler(static_cast<const Event&>(event));
            ++count;
        }
        return count;
    }

    // Asks a peer to answer at once; its answer is a Pong event with this token. 0 if the peer is
    // unknown, has no path, or no transmit buffer is free.
    std::uint64_t ping(PeerId peer);

    [[nodiscard]] PeerId id() const;
    [[nodiscard]] std::string_view name() const;
    [[nodiscard]] std::string_view domain() const;
    // Snapshots; these allocate.
    [[nodiscard]] std::vector<PeerInfo> peers() const;
    [[nodiscard]] std::vector<InterfaceStatus> interfaces() const;
    [[nodiscard]] NodeStats stats() const;
    // The ledger of each stream that is received now.
    [[nodiscard]] std::vector<StreamInfo> streams() const;
    [[nodiscard]] const Capabilities& capabilities() const;

private:
    explicit Node(std::unique_ptr<detail::NodeCore> core);
    // Moves the oldest event out; its views live until the next call.
    bool next_event(Event& event);

    std::unique_ptr<detail::NodeCore> core_;
};

}  // namespace mcast
