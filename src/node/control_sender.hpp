#pragma once

#include <cstdint>
#include <span>

#include "node/outbound.hpp"
#include "node/targets.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

// A control datagram that is being written: header and one message of control.capnp.
class ControlSender {
public:
    ControlSender(Context& context, Outbound& outbound) : context_(context), outbound_(outbound) {}

    // A buffer and, behind the place of the header, room for a message that fits `datagram_max`
    // bytes; empty when all buffers are in flight.
    [[nodiscard]] Buffer begin(std::uint32_t datagram_max, std::span<std::byte>& room);
    // Completes it with a message of `size` bytes and sends it to each target.
    void send(Buffer buffer, std::size_t size, wire::DatagramKind kind,
              std::span<const Target> targets);

private:
    Context& context_;
    Outbound& outbound_;
    std::uint64_t next_sequence_ = 1;
};

}  // namespace mcast::detail
