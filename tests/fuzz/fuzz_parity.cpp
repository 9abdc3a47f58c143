// Pieces of parity and datagrams of one stream, honest and forged, through collector and decoder.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "mcast/assert.hpp"
#include "mcast/buffer_pool.hpp"
#include "parity/collector.hpp"
#include "parity/decoder.hpp"
#include "parity/encoder.hpp"
#include "tests/fuzz/input.hpp"
#include "wire/header.hpp"
#include "wire/parity.hpp"

using namespace mcast;

namespace {

constexpr std::size_t kDatagramMax = 256;
constexpr std::size_t kPoolSize =
    parity::kHeldMax + 2 * wire::kParityPiecesMax + 4;  // all that may be held, and some

wire::Header stream_header(std::uint64_t sequence) {
    wire::Header header;
    header.origin = PeerId{1};
    header.topic = 2;
    header.domain = 3;
    header.sequence = sequence;
    return header;
}

// The datagram of that sequence: what it is follows from it.
std::vector<std::byte> honest(std::uint64_t sequence) {
    std::vector<std::byte> bytes(wire::kHeaderSize + 8 * (sequence * 7 % 20));
    wire::write_header(std::span(bytes).first<wire::kHeaderSize>(), stream_header(sequence));
    for (std::size_t i = wire::kHeaderSize; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(sequence * 31 + i);
    return bytes;
}

class Run {
public:
    void step(fuzz::Input& input) {
        const std::uint8_t what = input.byte();
        switch (what & 7) {
            case 0:
                next_ += what >> 3;  // some are lost
                return;
            case 1:
                return send_piece(input, what >> 3);
            case 2:
                return forge_piece(input);
            case 3:
                arrive(next_ - std::min<std::uint64_t>(next_ - 1, what >> 3));  // again
                return;
            case 4:
                if (what >> 3 == 0) collector_.clear();
                if (what >> 3 == 1) collector_.close(next_ - std::min<std::uint64_t>(next_ - 1, 8));
                return;
            default:
                arrive(next_++);
        }
    }

private:
    Buffer hold(std::span<const std::byte> bytes) {
        Buffer buffer = pool_.allocate();
        MCAST_ASSERT(buffer, "a collector holds no more than it says");
        buffer.resize(static_cast<std::uint32_t>(bytes.size()));
        std::copy(bytes.begin(), bytes.end(), buffer.data());
        return buffer;
    }

    void arrive(std::uint64_t sequence) {
        collector_.on_datagram(sequence, hold(honest(sequence)));
        recover();
    }

    // A piece as the publisher would send it, of the last so many datagrams.
    void send_piece(fuzz::Input& input, unsigned back) {
        const std::uint8_t choice = input.byte();
        const auto count = static_cast<std::uint8_t>(back + 1);
        if (count >= next_) return;
        const std::uint64_t first = next_ - count;
        parity::Encoder encoder({count, static_cast<std::uint8_t>((choice & 15) + 1)},
                                kDatagramMax);
        for (std::uint64_t sequence = first; sequence < next_; ++sequence)
            static_cast<void>(encoder.on_datagram(sequence, honest(sequence)));
        std::vector<std::byte> message(encoder.message_size());
        const auto index = static_cast<std::uint8_t>((choice >> 4) % encoder.piece_count());
        MCAST_ASSERT(encoder.write(index, message) == message.size(), "a piece fits its message");
        take(first, message);
    }

    // A piece as parse_parity() lets it pass, of whatever.
    void forge_piece(fuzz::Input& input) {
        std::vector<std::byte> message(wire::parity_size(kDatagramMax + 40));
        const wire::Parity claim{
            input.byte(), input.byte(), input.byte(),
            std::span(message).first(wire::kParityDataMin + input.byte() % 240)};
        const std::uint64_t first = next_ + input.byte() - 128;
        std::vector<std::byte> forged(message.size());
        const std::size_t size = wire::write_parity(forged, claim);
        if (size == 0) return;
        for (std::uint8_t changes = input.byte() % 8; changes > 0; --changes)
            forged[wire::kBlobOverhead + input.byte() % claim.data.size()] ^=
                std::byte{input.byte()};
        forged_ = true;
        take(first, std::span(forged).first(size));
    }

    void take(std::uint64_t first, std::span<const std::byte> message) {
        const Buffer buffer = hold(message);
        const auto piece = wire::parse_parity(buffer.bytes());
        MCAST_ASSERT(piece, "what is written is read");
        static_cast<void>(collector_.on_piece(first, *piece, buffer));
        recover();
    }

    void recover() {
        parity::Block block;
        std::size_t rounds = 0;
        while (collector_.ready(block)) {
            MCAST_ASSERT(++rounds <= 2, "a block is ready once");
            const parity::Decoded decoded = decoder_.decode(block, stream_header(0));
            MCAST_ASSERT(decoded.datagrams.empty() || decoded.refusal.empty(), "one or the other");
            collector_.close(block.first);
            for (const parity::Recovered& recovered : decoded.datagrams)
                check(recovered, block);
        }
        MCAST_ASSERT(collector_.held_count() <= parity::kHeldMax + 2 * wire::kParityPiecesMax,
                     "a collector holds no more than it says");
    }

    void check(const parity::Recovered& recovered, const parity::Block& block) {
        const auto parsed = wire::parse_header(recovered.datagram);
        MCAST_ASSERT(parsed && parsed.header.sequence == recovered.sequence &&
                         recovered.sequence - block.first < block.count,
                     "what is recovered is of the block");
        MCAST_ASSERT(parsed.header.origin == PeerId{1} && parsed.header.topic == 2 &&
                         parsed.header.domain == 3,
                     "and of the stream");
        if (!forged_) {
            std::vector<std::byte> expected = honest(recovered.sequence);
            wire::set_flags(expected.data(), wire::kFlagReliable | wire::kFlagRepair);
            MCAST_ASSERT(std::ranges::equal(recovered.datagram, expected),
                         "and is what was sent, if nobody forged");
        }
        if (recovered.datagram.size() <= kDatagramMax)
            collector_.on_datagram(recovered.sequence, hold(recovered.datagram));
    }

    BufferPool pool_{kPoolSize, 512, BufferPool::Pages::WhenUsed};
    parity::Collector collector_;
    parity::Decoder decoder_{kDatagramMax};
    std::uint64_t next_ = 1;
    bool forged_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(std::span(data, size));
    const auto run = std::make_unique<Run>();
    while (!input.empty())
        run->step(input);
    return 0;
}
