#pragma once

#include <cstddef>
#include <cstdint>

#include "mcast/buffer.hpp"
#include "mcast/transport.hpp"

namespace mcast::socket {

// What one receive brought: a datagram, or several of one sender in a row as UDP_GRO joins them,
// each of one size but the last, which may be shorter. Hands them out one after the other.
class ArrivedRun {
public:
    ArrivedRun() = default;
    // `head.buffer` holds them all; `segment_size` 0: it is one datagram.
    ArrivedRun(Datagram head, std::uint32_t segment_size);

    // Makes an empty one anew, where it is: of these bytes, and of what is then put into the head.
    [[nodiscard]] Datagram& begin(Buffer bytes);
    void set_segment_size(std::uint32_t segment_size);
    void end() { head_.buffer.reset(); }

    [[nodiscard]] bool empty() const { return !head_.buffer; }
    // How many datagrams are left.
    [[nodiscard]] std::size_t size() const;
    // Whether the next one lies off 8 bytes. Nobody of ours sends such.
    [[nodiscard]] bool is_askew() const { return offset_ % 8 != 0; }
    // The next one, not from an empty run. Shares the memory; one that lies askew is copied to
    // `spare` instead, which is large enough for it.
    void take(Datagram& out, Buffer spare = {});
    // Drops the next one of several; returns its size.
    std::uint32_t skip();

private:
    [[nodiscard]] std::uint32_t next_size() const;

    Datagram head_;
    std::uint32_t segment_size_ = 0;
    std::uint32_t offset_ = 0;
};

}  // namespace mcast::socket
