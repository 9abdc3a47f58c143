#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "transports/socket/receiver.hpp"
#include "transports/uring/ring.hpp"

namespace mcast::uring {

// Sends messages as requests of one batch, which the kernel is done with when it has taken them.
// Those that it sends complete without a word.
class Transmission {
public:
    explicit Transmission(Ring& ring) : ring_(ring) {}

    // Submits a prefix of the messages and returns its length; `errors` are to be kept for
    // on_completion(). The prefix is what the socket's send buffer has room for, since of a batch
    // the kernel would refuse one and take the next: at least one message.
    std::size_t submit(const socket::Receiver& sender, std::span<mmsghdr> messages,
                       std::span<int> errors);
    void on_completion(std::size_t index, int result);
    // How much of the prefix is done with: all but what there was no room for at its end.
    [[nodiscard]] std::size_t finish();

    // Another socket is at this place.
    void forget(std::uint32_t place);

private:
    // Of a socket.
    struct Room {
        std::int64_t size = 0;  // of its send buffer; 0: not asked yet
        std::int64_t left = 0;  // at least
    };

    [[nodiscard]] std::size_t fitting(const socket::Receiver& sender,
                                      std::span<const mmsghdr> messages);

    Ring& ring_;
    std::span<int> errors_;
    std::vector<Room> rooms_;  // by place
};

}  // namespace mcast::uring
