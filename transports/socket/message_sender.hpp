#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <span>

#include "transports/socket/receiver.hpp"

namespace mcast::socket {

// How the messages of a SendBatch reach the kernel.
class MessageSender {
public:
    MessageSender() = default;
    MessageSender(const MessageSender&) = delete;
    MessageSender& operator=(const MessageSender&) = delete;
    virtual ~MessageSender() = default;

    // Sends a prefix of the messages, which is not empty, and returns its length. Of each of the
    // prefix `errors` tells the errno for which it was refused, 0: it is sent. None of them only
    // while the socket's send buffer is full; nothing points into the messages afterwards.
    virtual std::size_t send(const Receiver& sender, std::span<mmsghdr> messages,
                             std::span<int> errors) = 0;
};

// One sendmmsg, whose prefix ends before the first that is refused; one message: sendto or sendmsg.
class SyscallSender final : public MessageSender {
public:
    std::size_t send(const Receiver& sender, std::span<mmsghdr> messages,
                     std::span<int> errors) override;
};

}  // namespace mcast::socket
