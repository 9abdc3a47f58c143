#pragma once

#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/result.hpp"

namespace mcast::dpdk {

// Groups that the kernel is a member of for us, on the interface below a port: it reports them,
// answers queries and sets the card's filter. The sockets are bound to nothing and receive nothing.
class KernelMemberships {
public:
    explicit KernelMemberships(InterfaceIndex interface) : interface_(interface) {}

    // Once for each group.
    Result<void> join(const Address& group);
    void leave(const Address& group);

private:
    struct Socket {
        FileDescriptor fd;
        Family family = Family::None;
        std::vector<Address> groups;
    };
    [[nodiscard]] Socket* with_room(Family family);

    InterfaceIndex interface_;
    std::vector<Socket> sockets_;
};

}  // namespace mcast::dpdk
