#pragma once

#include <cstddef>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/interface.hpp"

namespace mcast::socket {

// The kernel's default of net.ipv4.igmp_max_memberships. IPv6 counts bytes instead (optmem_max);
// the same number stays well below them.
inline constexpr std::size_t kMembershipsPerSocket = 20;

// The groups that one socket has joined on its interface.
class Memberships {
public:
    // The errno of the kernel, or 0. ENOBUFS and ENOMEM: this socket takes no more.
    [[nodiscard]] int join(int fd, InterfaceIndex interface, const Address& group);
    void leave(int fd, InterfaceIndex interface, const Address& group);
    // All of them, where the interface has lost them. The errno, or 0.
    [[nodiscard]] int join_again(int fd, InterfaceIndex interface) const;

    [[nodiscard]] bool contains(const Address& group) const;
    [[nodiscard]] bool empty() const { return groups_.empty() && inherited_.empty(); }
    [[nodiscard]] bool full() const {
        return groups_.size() + inherited_.size() >= kMembershipsPerSocket;
    }

    // Of a socket that an earlier run has opened: what it joined is taken over by join(), until
    // leave_inherited() leaves the rest.
    void inherit(int fd, InterfaceIndex interface, Family family);
    [[nodiscard]] bool inherits(const Address& group) const;
    // Whether what is sent to the group may come by this socket.
    [[nodiscard]] bool receives(const Address& group) const {
        return contains(group) || inherits(group);
    }
    void leave_inherited(int fd, InterfaceIndex interface);

private:
    std::vector<Address> groups_;  // few: searched from end to end
    std::vector<Address> inherited_;
};

}  // namespace mcast::socket
