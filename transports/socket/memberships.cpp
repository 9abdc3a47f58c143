#include "transports/socket/memberships.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "transports/socket/joined_groups.hpp"
#include "transports/socket/socket_address.hpp"

namespace mcast::socket {

namespace {

// By ifindex, never by address: an address may be on two interfaces, on none, or about to change.
int change(int fd, InterfaceIndex interface, const Address& group, bool join) {
    int result = 0;
    if (group.family() == Family::Ipv6) {
        ipv6_mreq request{};
        request.ipv6mr_multiaddr = to_in6_addr(group);
        request.ipv6mr_interface = interface.value;
        result = ::setsockopt(fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request,
                              sizeof(request));
    } else {
        ip_mreqn request{};
        request.imr_multiaddr = to_in_addr(group);
        request.imr_ifindex = static_cast<int>(interface.value);
        result = ::setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
                              &request, sizeof(request));
    }
    return result == 0 ? 0 : errno;
}

}  // namespace

int Memberships::join(int fd, InterfaceIndex interface, const Address& group) {
    if (std::erase(inherited_, group) > 0) {
        groups_.push_back(group);
        return 0;
    }
    const int error = change(fd, interface, group, true);
    if (error == 0) groups_.push_back(group);
    return error;
}

void Memberships::leave(int fd, InterfaceIndex interface, const Address& group) {
    if (std::erase(groups_, group) == 0) return;
    // Fails only when the interface is gone, and the membership with it.
    static_cast<void>(change(fd, interface, group, false));
}

int Memberships::join_again(int fd, InterfaceIndex interface) const {
    for (const std::vector<Address>* groups : {&groups_, &inherited_}) {
        for (const Address& group : *groups) {
            // The socket takes itself for a member, so to join alone is EADDRINUSE.
            static_cast<void>(change(fd, interface, group, false));
            if (const int error = change(fd, interface, group, true); error != 0) return error;
        }
    }
    return 0;
}

void Memberships::inherit(int fd, InterfaceIndex interface, Family family) {
    inherited_ = joined_groups(fd, interface, family);
}

bool Memberships::inherits(const Address& group) const {
    return std::find(inherited_.begin(), inherited_.end(), group) != inherited_.end();
}

void Memberships::leave_inherited(int fd, InterfaceIndex interface) {
    for (const Address& group : std::exchange(inherited_, {}))
        static_cast<void>(change(fd, interface, group, false));
}

bool Memberships::contains(const Address& group) const {
    return std::find(groups_.begin(), groups_.end(), group) != groups_.end();
}

}  // namespace mcast::socket
