#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace benchmarks {

// One end of a measurement, as the command line says.
struct End {
    std::string path = "mcast";  // mcast: typed messages; ready: ready-made ones; packed: sockets
                                 // with as many in a datagram; single: sockets, one in a datagram
    std::string interface;
    std::size_t message_size = 64;  // bytes, framing included: 64 or 1024
    std::chrono::nanoseconds duration = std::chrono::seconds(2);
};

// What the receiving end saw between its first and its last message.
struct Measured {
    std::uint64_t messages = 0;
    std::uint64_t datagrams = 0;
    double seconds = 0;
};

// Send for the duration as fast as the path takes it; the messages sent.
std::uint64_t send_raw(const End& end);
std::uint64_t send_mcast(const End& end);
// Receive until nothing has come for half a second after the first message.
Measured receive_raw(const End& end);
Measured receive_mcast(const End& end);

}  // namespace benchmarks
