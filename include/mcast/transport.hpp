#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/buffer.hpp"
#include "mcast/interface.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"

namespace mcast {

// How a datagram travels.
enum class Way : std::uint8_t { Multicast, Broadcast, Unicast };

// A datagram to be sent, or one that arrived.
struct Datagram {
    Buffer buffer;
    InterfaceIndex interface;  // sent through / arrived on
    Endpoint destination;      // sent to / was addressed to (port 0 if the transport cannot tell)
    Endpoint source;           // received: the sender's unicast endpoint
    Way way = Way::Multicast;
    WallTime received_at{};  // received: by the kernel's or device's clock where there is one
};

struct Capabilities {
    std::string name;              // "socket", "sim", …
    std::size_t datagram_max = 0;  // bytes of UDP payload in a buffer, a multiple of 8
    std::size_t transmit_buffer_count = 0;
    std::size_t receive_buffer_count = 0;
    // How many neighbours in a batch may leave as one send to the network (UDP_SEGMENT), if they go
    // the same way and have one size, the last perhaps a smaller one; 1: each by itself.
    std::size_t run_max = 1;
    // Readable when receive() may have something, unless its last call has filled the batch: then
    // call it again. -1: none.
    int fd = -1;
    // What is accelerated and what is not, and why, a sentence each.
    std::vector<std::string> notes;
    // How to mend receive_dropped: one clause, e.g. which sysctl to raise to what.
    std::string drop_remedy;
};

// Counters of one interface since it was attached.
struct TransportCounters {
    std::uint64_t sent_datagrams = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t send_errors = 0;  // the kernel or device refused; lost
    int last_send_error = 0;        // errno of the latest of them
    std::uint64_t received_datagrams = 0;
    std::uint64_t received_bytes = 0;
    // Lost in the kernel or device for want of buffer space; a run that is dropped whole, once.
    std::uint64_t receive_dropped = 0;
    std::uint64_t receive_truncated = 0;  // longer than any of ours may be; dropped
    std::uint64_t receive_leaked = 0;     // addressed to a group that was not joined; dropped
    std::uint64_t receive_stalls = 0;     // reception ended, for want of buffers, and began again
};

// The contract between a node and the world: unreliable datagrams on named interfaces. Owned by
// one node and called on its thread, wake() apart. Knows no protocol. tests/conformance/ is the
// same contract as a program; transports/README.md says how to write one.
class Transport {
public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    [[nodiscard]] virtual const Capabilities& capabilities() const = 0;

    // Makes an interface usable: sockets bound and pinned to it, for each family it has an address
    // of. Called again with the new state when its addresses or MTU change; what is joined stays.
    // TryAgain: not now; AddressInUse names the process that holds the port.
    virtual Result<void> attach(const Interface& interface) = 0;
    // Gives up an interface with all its memberships; unknown ones are ignored.
    virtual void detach(InterfaceIndex interface) = 0;

    // Receive what is sent to `group` on an attached interface. Joining twice is one membership.
    // TryAgain: not now (asked again later); any other error: never.
    virtual Result<void> join(const Group& group, InterfaceIndex interface) = 0;
    virtual void leave(const Group& group, InterfaceIndex interface) = 0;
    // Whether other nodes of this machine shall hear what is multicast on an attached interface. On
    // when it is attached. An advice: what nobody here wants to hear costs less.
    virtual void loop_multicast(InterfaceIndex /*interface*/, bool /*on*/) {}

    // A transmit buffer of datagram_max bytes, 8-byte aligned, size 0, contents undefined; empty
    // when all are in flight.
    virtual Buffer allocate() = 0;
    // Sends a prefix of the batch and returns its length; less than all only while the device is
    // busy. One that the kernel refuses counts as sent and into send_errors. The transport keeps
    // references of its own to what it still needs, so the caller may drop or resend its Buffers.
    virtual std::size_t send(std::span<Datagram> batch) = 0;
    // Fills a prefix of the batch with what has arrived and returns its length; never blocks. If it
    // is shorter than the batch, what is there all the same ends a wait().
    virtual std::size_t receive(std::span<Datagram> batch) = 0;

    // Sleeps until something can be received, a watched descriptor is readable, wake() was called
    // or `deadline` (of the host's clock) has passed. May return early.
    virtual void wait(Instant deadline) = 0;
    // Ends a wait, or the next one; the only call for other threads, and for signal handlers.
    virtual void wake() = 0;
    // wait() and capabilities().fd shall also react to this descriptor.
    virtual void watch(int fd) = 0;

    [[nodiscard]] virtual TransportCounters counters(InterfaceIndex interface) const = 0;
    // Receive buffers that are in nobody's hands.
    [[nodiscard]] virtual std::size_t receive_buffers_free() const = 0;
    // Where unicast for this node arrives on the interface; empty if not attached with the family.
    [[nodiscard]] virtual std::optional<Endpoint> unicast_endpoint(InterfaceIndex interface,
                                                                   Family family) const = 0;
};

}  // namespace mcast
