#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.hpp"
#include "contract/plain_sockets.hpp"
#include "mcast/result.hpp"
#include "mcast/socket_keeper.hpp"
#include "transports/plain/arrival_batch.hpp"
#include "transports/plain/departure_batch.hpp"
#include "transports/socket/pinned_socket.hpp"

namespace mcast::plain {

// PlainSockets over the kernel's. Sources are kept by raw sockets, which need CAP_NET_RAW.
class KernelPlainSockets final : public PlainSockets {
public:
    static constexpr std::size_t kSocketsMax = 4095;  // descriptors are limited long before

    // Fails only when the kernel refuses epoll. What listens is kept by `keeper`, if there is one,
    // for the next run of this program; it must outlive this.
    static Result<std::unique_ptr<PlainSockets>> open(socket::SocketKeeper* keeper = nullptr);

    [[nodiscard]] const PlainCapabilities& capabilities() const override { return capabilities_; }
    Result<PlainSocketId> listen(const Interface& interface, const Endpoint& destination) override;
    Result<PlainSocketId> lend(const Interface& interface, Family family) override;
    void close(PlainSocketId socket) override;
    void set_mtu(InterfaceIndex interface, std::size_t mtu) override;
    std::size_t receive(std::span<PlainArrival> batch) override;
    void send(std::span<PlainDeparture> batch) override;
    [[nodiscard]] std::uint64_t dropped(PlainSocketId socket) const override;

private:
    struct Slot {
        PlainSocketId id;  // 0: free
        InterfaceIndex interface;
        std::vector<socket::PinnedSocket> sockets;
        std::vector<std::string> kept_names;
    };
    // What is known of an interface, and its raw sockets, opened when they are first needed.
    struct Port {
        InterfaceIndex interface;
        std::size_t mtu = 0;
        FileDescriptor raw_ipv4;
        FileDescriptor raw_ipv6;
        std::size_t users = 0;
    };

    KernelPlainSockets(FileDescriptor epoll, socket::SocketKeeper* keeper);
    Result<PlainSocketId> keep(const Interface& interface,
                               std::vector<socket::PinnedSocket> sockets);
    void unwatch(std::span<const socket::PinnedSocket> sockets) const;
    [[nodiscard]] const Slot* find(PlainSocketId socket) const;
    Port& port_of(InterfaceIndex interface);
    void send_keeping(PlainDeparture& departure, const Slot& slot);

    FileDescriptor epoll_;
    socket::SocketKeeper* keeper_;
    socket::PortHolder port_holder_;
    PlainCapabilities capabilities_;
    std::vector<Slot> slots_;
    std::vector<Port> ports_;
    std::uint64_t generation_ = 0;
    ArrivalBatch arrivals_;
    DepartureBatch departures_;
};

}  // namespace mcast::plain
