#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/result.hpp"
#include "mcast/transport.hpp"

namespace mcast {

// One of PlainSockets' sockets; never used again for another one. 0: none.
struct PlainSocketId {
    std::uint64_t value = 0;

    explicit constexpr operator bool() const { return value != 0; }
    friend constexpr auto operator<=>(const PlainSocketId&, const PlainSocketId&) = default;
};

// A UDP datagram of others, as it came.
struct PlainArrival {
    PlainSocketId socket;
    InterfaceIndex interface;
    Endpoint source;
    Endpoint destination;  // as it was addressed: a group, a broadcast address, one of ours
    std::uint8_t ttl = 0;  // hop limit; 0: not told
    Way way = Way::Multicast;
    std::span<const std::byte> payload;  // until the next receive()
};

struct PlainDeparture {
    PlainSocketId socket;            // sends through its interface, from its own port
    std::optional<Endpoint> source;  // as if it came from here; wants keeps_source
    Endpoint destination;
    std::uint8_t ttl = 1;
    std::span<const std::byte> payload;
    int error = 0;  // set by send(): errno, 0 if it was sent
};

struct PlainCapabilities {
    bool keeps_source = false;
    std::string why_not;  // one sentence, if it does not
    int fd = -1;          // readable when receive() may have something; -1: none
};

// The contract between a relay and the plain UDP of others: whole datagrams of any size on named
// interfaces, with what a relay has to know of each. Called on one thread. Nothing that is sent by
// a socket of these is heard by another one of these, but for what the kernel does not keep apart:
// broadcasts.
class PlainSockets {
public:
    PlainSockets() = default;
    PlainSockets(const PlainSockets&) = delete;
    PlainSockets& operator=(const PlainSockets&) = delete;
    virtual ~PlainSockets() = default;

    [[nodiscard]] virtual const PlainCapabilities& capabilities() const = 0;

    // Hears what is sent to a group, or with 255.255.255.255 what is broadcast to the port, on this
    // interface; takes no unicast away from others. What it sends has the same port as its source.
    // TryAgain: not now.
    virtual Result<PlainSocketId> listen(const Interface& interface,
                                         const Endpoint& destination) = 0;
    // Has a port of its own on this interface, which the system chooses, and hears what is sent
    // there.
    virtual Result<PlainSocketId> lend(const Interface& interface, Family family) = 0;
    // Unknown ones are ignored.
    virtual void close(PlainSocketId socket) = 0;
    // The MTU of an interface as it is now; the sockets there stay as they are.
    virtual void set_mtu(InterfaceIndex interface, std::size_t mtu) = 0;

    // Fills a prefix of the batch with what has arrived; never blocks.
    virtual std::size_t receive(std::span<PlainArrival> batch) = 0;
    // Sends all of them, neighbours of one socket at once. None waits: what a busy device does not
    // take is an error like any other.
    virtual void send(std::span<PlainDeparture> batch) = 0;

    // What the kernel dropped for want of room since the socket was made.
    [[nodiscard]] virtual std::uint64_t dropped(PlainSocketId socket) const = 0;
};

}  // namespace mcast
