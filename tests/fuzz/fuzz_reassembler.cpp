// Fragments of several streams in an order, and at times, that the input chooses. Even streams are
// honest: what comes out of them is what was cut. Odd ones say what they like.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "mcast/assert.hpp"
#include "protocol/reassembler.hpp"
#include "tests/fuzz/input.hpp"
#include "wire/fragment.hpp"

using namespace mcast;

namespace {

constexpr std::size_t kMessageSizeMax = 1024;
constexpr std::size_t kReassemblies = 3;
constexpr std::uint64_t kSequencesPerMessage = 1024;

// Message `number` of an honest stream: its size, cut and contents follow from both.
struct Honest {
    wire::FragmentPlan plan;
    std::vector<std::byte> bytes;
    std::uint64_t first_sequence;

    Honest(std::uint32_t stream, std::uint64_t number)
        : first_sequence(1 + number * kSequencesPerMessage) {
        Random random(stream * 1000 + number);
        const auto size = static_cast<std::uint32_t>(random.between(2, kMessageSizeMax / 8) * 8);
        plan =
            wire::plan_fragments(size, wire::kFragmentDataAt + random.between(1, 32) * 8).value();
        bytes.resize(size);
        const std::uint64_t pattern = random.next();
        for (std::size_t at = 0; at < size; at += 8)
            wire::layout::store(bytes.data(), at, pattern + at);
    }
};

protocol::FragmentPiece honest_piece(const Honest& message, std::uint32_t stream,
                                     std::uint16_t index) {
    const wire::FragmentPlan& plan = message.plan;
    return {stream,
            message.first_sequence + index,
            plan.size,
            index,
            plan.count,
            plan.offset(index),
            std::span(message.bytes).subspan(plan.offset(index), plan.length(index))};
}

class Run {
public:
    void step(fuzz::Input& input) {
        const std::uint8_t what = input.byte();
        const std::uint32_t stream = what & 7;
        switch (what >> 6) {
            case 0:
                return pass_time(input.byte());
            case 1:
                pass_stream(stream, input.number());
                return;
            default:
                return stream % 2 == 0 ? take_honest(stream, input) : take_hostile(stream, input);
        }
    }

private:
    void pass_time(std::uint8_t amount) {
        now_ += std::chrono::milliseconds(amount);
        if (amount % 2 == 0) reassembler_.on_deadline(now_, [](std::uint32_t, std::uint32_t) {});
        if (amount % 4 == 0) kept_ = {};
        if (amount % 2 == 0) MCAST_ASSERT(reassembler_.deadline() > now_, "what was due is done");
    }

    void pass_stream(std::uint32_t stream, std::uint64_t sequence) {
        static_cast<void>(reassembler_.on_stream_passed(stream, sequence));
    }

    void take_honest(std::uint32_t stream, fuzz::Input& input) {
        const std::uint8_t choice = input.byte();
        const Honest message(stream, choice >> 4);
        const auto index =
            static_cast<std::uint16_t>(choice & 8 ? input.number() % message.plan.count
                                                  : next_[stream]++ % message.plan.count);
        const auto result = reassembler_.on_fragment(now_, honest_piece(message, stream, index));
        MCAST_ASSERT(result.outcome != protocol::Reassembler::Outcome::TooLarge,
                     "an honest fragment is not too large");
        if (result.outcome != protocol::Reassembler::Outcome::Complete) return;
        MCAST_ASSERT(result.first_sequence == message.first_sequence, "it began there");
        MCAST_ASSERT(
            result.message.size() == message.bytes.size() &&
                std::memcmp(result.message.data(), message.bytes.data(), message.bytes.size()) == 0,
            "a complete message is the one that was cut");
        keep(result.message);
    }

    // Fragments as parse_fragment() lets them pass, of messages that never were.
    void take_hostile(std::uint32_t stream, fuzz::Input& input) {
        const std::uint32_t size = input.number() % 200 * 8;
        const auto plan =
            wire::plan_fragments(size, wire::kFragmentDataAt + input.byte() * std::size_t{8});
        if (!plan) return;
        const auto index = static_cast<std::uint16_t>(input.byte() % plan->count);
        static constexpr std::array<std::byte, 2048> kZeros{};
        const protocol::FragmentPiece piece{stream,
                                            input.byte(),
                                            plan->size,
                                            index,
                                            plan->count,
                                            plan->offset(index),
                                            std::span(kZeros).first(plan->length(index))};
        const auto result = reassembler_.on_fragment(now_, piece);
        if (plan->size > kMessageSizeMax)
            MCAST_ASSERT(result.outcome != protocol::Reassembler::Outcome::Complete,
                         "no message exceeds the limit");
        keep(result.message);
    }

    // Some messages are held for a while, as by a subscriber that does not drain.
    void keep(const Buffer& message) {
        if (message) kept_[kept_count_++ % kept_.size()] = message;
    }

    protocol::Reassembler reassembler_{kReassemblies, kMessageSizeMax};
    Instant now_{};
    std::array<std::uint16_t, 8> next_{};
    std::array<Buffer, 4> kept_;
    std::size_t kept_count_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(std::span(data, size));
    Run run;
    while (!input.empty())
        run.step(input);
    return 0;
}
