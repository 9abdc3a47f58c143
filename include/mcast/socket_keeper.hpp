#pragma once

#include <string>

#include "mcast/export.hpp"

namespace mcast::socket {

// Somebody who holds on to the sockets of a program while it is started again, such as systemd
// (FDSTORE in sd_notify(3)): what arrives meanwhile waits in them, and no group is left. Called by
// the transport, on the node's thread.
class MCAST_API SocketKeeper {
public:
    SocketKeeper() = default;
    SocketKeeper(const SocketKeeper&) = delete;
    SocketKeeper& operator=(const SocketKeeper&) = delete;
    virtual ~SocketKeeper();

    // The descriptor that the last run left under this name; from now on the caller's. -1: none.
    [[nodiscard]] virtual int take(const std::string& name) = 0;
    // A socket was opened; the descriptor stays the caller's. Names have letters, digits, '.', '-'.
    virtual void keep(const std::string& name, int fd) = 0;
    // It is of no use any more. Not called for those that are open when the transport ends.
    virtual void forget(const std::string& name) = 0;
};

}  // namespace mcast::socket
