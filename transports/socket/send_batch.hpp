#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <span>

#include "mcast/transport.hpp"
#include "transports/socket/message_sender.hpp"
#include "transports/socket/outgoing_message.hpp"
#include "transports/socket/receiver.hpp"

namespace mcast::socket {

// The arrays that one sendmmsg wants, filled straight from Datagrams; runs of equal ones become
// one message of it.
class SendBatch {
public:
    static constexpr std::size_t kMax = 128;  // three runs of full datagrams; more gains nothing

    // `ttl` is that of broadcast; multicast and unicast have theirs in the socket.
    SendBatch(std::size_t datagram_max, std::uint8_t ttl, MessageSender& kernel)
        : datagram_max_(datagram_max), ttl_(ttl), kernel_(kernel) {}
    SendBatch(const SendBatch&) = delete;
    SendBatch& operator=(const SendBatch&) = delete;

    // Sends at most kMax datagrams, all by the same socket, and counts. Returns how many are done
    // with: sent, or refused for good. Less than all only while the socket's send buffer is full.
    std::size_t send(Receiver& sender, std::span<const Datagram> batch);

private:
    // Messages for a prefix of the batch; it ends before a datagram that is too long for any
    // receiver of ours.
    std::size_t fill(const Receiver& sender, std::span<const Datagram> batch);
    // What became of the first messages; returns how many datagrams are done with.
    std::size_t settle(Receiver& sender, std::span<const Datagram> batch, std::size_t messages);
    // A run that was refused as one for `error`, datagram by datagram; returns how many are done.
    std::size_t send_singly(Receiver& sender, std::span<const Datagram> run, int error);

    std::size_t datagram_max_;
    int ttl_;
    MessageSender& kernel_;
    std::array<mmsghdr, kMax> headers_{};
    std::array<std::size_t, kMax> lengths_{};  // datagrams in each
    std::array<int, kMax> errors_{};
    std::array<iovec, kMax> slices_{};
    std::array<OutgoingMessage, kMax> messages_;
    OutgoingMessage single_;
};

}  // namespace mcast::socket
