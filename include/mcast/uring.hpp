#pragma once

#include "mcast/export.hpp"
#include "mcast/host.hpp"
#include "mcast/result.hpp"
#include "mcast/socket.hpp"
#include "mcast/time.hpp"

namespace mcast::uring {

struct Options {
    // The sockets are those of mcast::socket::host(); only how datagrams move differs.
    socket::Options sockets{};
    // Where io_uring cannot be had: plain kernel sockets, and the reason in capabilities().notes;
    // otherwise an Error that is the same sentence.
    bool fallback = true;
    // As sockets.busy_poll; the longer one counts.
    Duration busy_poll{};
    // In a wait the kernel asks the network device so long before it sleeps (NAPI busy poll,
    // Linux 6.9); notes say whether it does. The loopback and veth have nothing to ask.
    Duration napi_busy_poll{};
};

// Kernel sockets over io_uring, the steady clock, rtnetlink and a random seed. All calls of its
// node belong to the thread that called this.
[[nodiscard]] MCAST_API Result<Host> host(const Options& options = {});

}  // namespace mcast::uring
