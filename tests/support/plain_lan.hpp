#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "contract/plain_sockets.hpp"
#include "mcast/interface.hpp"

namespace mcast::support {

// A datagram on a LAN.
struct PlainPacket {
    Endpoint source;
    Endpoint destination;
    std::uint8_t ttl = 64;
    std::string payload;
};

class PlainMachine;

// A LAN on which plain UDP is heard by all machines but its sender, broadcasts by it, too; as the
// kernel does it. Nothing happens by itself: what is put on it waits in the machines.
class PlainLan {
public:
    // Puts it on the LAN, for all machines but the sender's own multicast.
    void put(const PlainPacket& packet, const PlainMachine* sender = nullptr);
    // All that was ever put on it.
    std::vector<PlainPacket> seen;

private:
    friend class PlainMachine;
    std::vector<PlainMachine*> machines_;
};

// PlainSockets of one machine.
class PlainMachine final : public PlainSockets {
public:
    // An interface with the address 10.LAN.0.HOST/16 (and the broadcast address that goes with it).
    const Interface& attach(PlainLan& lan, std::uint32_t index, std::uint8_t number,
                            std::uint8_t host);
    [[nodiscard]] const std::vector<Interface>& interfaces() const { return interfaces_; }

    [[nodiscard]] const PlainCapabilities& capabilities() const override { return able; }
    Result<PlainSocketId> listen(const Interface& interface, const Endpoint& destination) override;
    Result<PlainSocketId> lend(const Interface& interface, Family family) override;
    void close(PlainSocketId socket) override;
    void set_mtu(InterfaceIndex, std::size_t) override {}
    std::size_t receive(std::span<PlainArrival> batch) override;
    void send(std::span<PlainDeparture> batch) override;
    [[nodiscard]] std::uint64_t dropped(PlainSocketId) const override { return 0; }

    void hear(const PlainLan& lan, const PlainPacket& packet, bool own);
    [[nodiscard]] std::size_t open_sockets() const { return sockets_.size(); }
    [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

    PlainCapabilities able{true, "", -1};
    int send_error = 0;             // of everything that is sent from now on
    std::string listen_fault;       // listen() fails with it while there is one
    std::size_t opened = 0;         // sockets ever
    bool deaf = false;              // hears nothing any more
    std::optional<Random> shuffle;  // receives in whatever order

private:
    struct Socket {
        PlainSocketId id;
        InterfaceIndex interface;
        Endpoint hears;  // a group, broadcast, or its own endpoint
        bool listens = false;
    };
    struct Waiting {
        PlainArrival arrival;
        std::string payload;
    };
    [[nodiscard]] const Socket* find(PlainSocketId id) const;
    [[nodiscard]] std::size_t place(InterfaceIndex index) const;

    std::vector<Interface> interfaces_;
    std::vector<PlainLan*> lans_;  // of each
    std::vector<Socket> sockets_;
    std::deque<Waiting> queue_;
    std::vector<std::string> lent_;  // payloads of the last receive()
    std::uint64_t next_id_ = 0;
    std::uint16_t next_port_ = 40000;
};

}  // namespace mcast::support
