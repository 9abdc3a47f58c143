#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/file_descriptor.hpp"
#include "mcast/interface.hpp"
#include "mcast/result.hpp"

namespace mcast::dpdk {

// A UDP port of the kernel, held on the interface below a port of ours. Nothing is read from it: it
// keeps the number from other processes, and the kernel from telling those who send to it that
// nobody is there (ICMP port unreachable), since it sees their datagrams as well. And it brings
// datagrams to sockets of the same machine, which do not hear what the device sends, and to
// neighbours whose MAC only the kernel can ask for.
class KernelPort {
public:
    // `number` or, if that is 0, the first free one of `count` from `first` on. Families that the
    // kernel has not are left out.
    [[nodiscard]] static Result<KernelPort> hold(InterfaceIndex interface, std::uint16_t number,
                                                 std::uint16_t first, std::uint16_t count,
                                                 std::uint16_t never);

    [[nodiscard]] std::uint16_t number() const { return number_; }
    // To sockets of this machine only: multicast with a TTL of 0 does not reach the wire, and an
    // address of ours neither. False if the kernel refused.
    [[nodiscard]] bool send_here(const Endpoint& destination, InterfaceIndex interface,
                                 std::span<const std::byte> payload) const {
        return send(destination, interface, payload) == 0;
    }
    // Unicast, from our port. 0 or an errno.
    [[nodiscard]] int send(const Endpoint& destination, InterfaceIndex interface,
                           std::span<const std::byte> payload) const;

private:
    [[nodiscard]] int bind(InterfaceIndex interface, std::uint16_t number);

    FileDescriptor ipv4_;
    FileDescriptor ipv6_;
    std::uint16_t number_ = 0;
};

}  // namespace mcast::dpdk
