#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/file_descriptor.hpp"
#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/result.hpp"
#include "transports/socket/port_holder.hpp"

namespace mcast::socket {

// What all sockets of an interface and family share.
struct SocketPlan {
    InterfaceIndex interface;
    std::string interface_name;
    Family family = Family::Ipv4;
    std::size_t receive_buffer_size = 0;
    bool gro = false;
    PortHolder* port_holder = nullptr;  // says whose a port is; none: nobody says it
};

// A UDP socket that belongs to one interface by its ifindex: it sends and receives there and
// nowhere else, whatever the routing table says and whatever addresses the interface has.
class PinnedSocket {
public:
    // Opens it with the options that tell interface, destination, time and loss of each arrival.
    static Result<PinnedSocket> open(const SocketPlan& plan);
    // One that an earlier run opened by the same plan and bound, with what waits in it. It counts
    // what was dropped since it was opened. None if it is another socket.
    static std::optional<PinnedSocket> adopt(FileDescriptor kept, const SocketPlan& plan);

    // To ANY:`port` (0: the kernel chooses), so that a change of address does no harm. The errno
    // is 0 when it worked.
    [[nodiscard]] int bind(std::uint16_t port, bool shared);
    // To one address, such as a group's: nothing else is received then.
    [[nodiscard]] int bind(const Endpoint& local, InterfaceIndex interface, bool shared);

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] Family family() const { return family_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }

    // Takes in the kernel's running total of drops, as SO_RXQ_OVFL tells it with each arrival.
    void note_drops(std::uint32_t running_total);
    // All datagrams that the kernel dropped for want of room, those included that no arrival has
    // told yet.
    [[nodiscard]] std::uint64_t drops() const;

private:
    PinnedSocket(FileDescriptor fd, Family family) : fd_(std::move(fd)), family_(family) {}
    // Takes in the port it is bound to; the errno, or 0.
    [[nodiscard]] int note_port();

    FileDescriptor fd_;
    Family family_;
    std::uint16_t port_ = 0;
    std::uint64_t drops_ = 0;
    std::uint32_t drops_seen_ = 0;  // the kernel's total, which wraps
};

// Asks the kernel for a receive buffer and returns what it gave, by the same measure.
std::size_t set_receive_buffer(int fd, std::size_t size);

// setsockopt with an int; the errno, or 0.
[[nodiscard]] int set_option(int fd, int level, int name, int value);

// "bind port 7400 on wlan0: Address already in use (held by pid 812 'avahi')".
[[nodiscard]] Error bind_error(const SocketPlan& plan, std::uint16_t port, int error);

// "on wlan0".
[[nodiscard]] std::string on_interface(const SocketPlan& plan);

}  // namespace mcast::socket
