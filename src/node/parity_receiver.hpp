#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mcast/buffer_pool.hpp"
#include "node/context.hpp"
#include "parity/collector.hpp"
#include "parity/decoder.hpp"

namespace mcast::detail {

// Computes missing datagrams of reliable streams from their parity.
class ParityReceiver {
public:
    // For so many streams.
    ParityReceiver(Context& context, std::size_t streams);

    // A datagram of a stream is here, arrived or recovered.
    void on_datagram(std::size_t stream, std::uint64_t sequence, const Buffer& datagram) {
        collectors_[stream].on_datagram(sequence, datagram);
    }
    // A piece of parity arrived; false if it is malformed.
    bool on_piece(std::size_t stream, const wire::ParsedHeader& parsed, const Buffer& piece);
    void on_end(std::size_t stream) { collectors_[stream].clear(); }

    // Recovers what can be recovered and calls `handler(Buffer&&)` for each datagram; it may call
    // on_datagram() but not this.
    template <typename Handler>
    void recover(std::size_t stream, const wire::Header& header, Handler&& handler) {
        while (collectors_[stream].ready(block_)) {
            const parity::Decoded decoded = decoder_.decode(block_, header);
            collectors_[stream].close(block_.first);
            if (!decoded.refusal.empty()) context_.drop(DropCause::MalformedMessage);
            for (const parity::Recovered& recovered : decoded.datagrams)
                if (Buffer copy = copy_of(recovered.datagram)) handler(std::move(copy));
        }
    }

private:
    [[nodiscard]] Buffer copy_of(std::span<const std::byte> datagram);

    Context& context_;
    std::vector<parity::Collector> collectors_;
    parity::Decoder decoder_;
    parity::Block block_;
    BufferPool pool_;
};

}  // namespace mcast::detail
