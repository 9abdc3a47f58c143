#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mcast/buffer.hpp"
#include "mcast/message.hpp"

namespace mcast::detail {

class OutgoingTopic;

// An outgoing datagram between an application's thread, which writes messages into it, and the I/O
// thread, which sends it:
//
//             begin            settle               take
//   (blank) ---------> Lent ----------> Open ----------------> (taken)
//                      |  ^ <---------- |                         ^
//                      |  |    lend                          take |
//                 take |  +- - - - settle(sealed) - - - > Sealed -+
//                      v                                    ^
//                    Wanted ------------ settle ------------+
//
// It is queued for the I/O thread with its first message and filled further while it waits there,
// so that nobody has to say when a datagram shall leave and one queue operation carries many
// messages. Whoever finds it lent leaves a note (Wanted), and its writer queues it once more.
class alignas(64) Draft {
public:
    // --- The writer's, while it is lent.

    // A blank one: empties it for messages of `topic` that end at `room_end`.
    void begin(OutgoingTopic& topic, std::uint32_t room_end);
    [[nodiscard]] std::byte* data() const { return datagram_.data(); }
    [[nodiscard]] std::uint32_t size() const { return datagram_.size(); }
    [[nodiscard]] std::uint32_t room_end() const { return room_end_; }
    [[nodiscard]] std::uint16_t messages() const { return messages_; }
    [[nodiscard]] bool queued() const { return queued_; }
    void set_queued() { queued_ = true; }
    // A message of `size` framed bytes was written behind the last one.
    void add(std::uint32_t size);
    // A message that did not fit, to be sent after the others. Copies it.
    void add_apart(RoomBuilder& builder);
    // What was written behind the last message is not wanted.
    void wipe();
    // Which of its lives this is: lend() wants to know.
    [[nodiscard]] std::uint64_t life() const {
        return state_.load(std::memory_order_relaxed) >> kPhaseBits;
    }
    // The writer pauses, or has finished it (`sealed`). False: the I/O thread came by meanwhile;
    // it is sealed and has to be queued again.
    [[nodiscard]] bool settle(bool sealed);
    // The same writer goes on; false if the I/O thread has taken it since.
    [[nodiscard]] bool lend(std::uint64_t life);

    // --- The I/O thread's.

    // Takes one from the queue; false if it is lent, then it comes again.
    [[nodiscard]] bool take();
    void fill(Buffer datagram) { datagram_ = std::move(datagram); }
    [[nodiscard]] const Buffer& datagram() const { return datagram_; }
    [[nodiscard]] Buffer release() { return std::move(datagram_); }
    [[nodiscard]] OutgoingTopic& topic() const { return *topic_; }
    [[nodiscard]] std::uint32_t largest() const { return largest_; }  // message, in bytes
    [[nodiscard]] std::span<const std::byte> apart() const { return apart_; }
    void forget_apart() { apart_ = {}; }

private:
    enum Phase : std::uint64_t { Lent, Wanted, Open, Sealed, Taken };
    static constexpr unsigned kPhaseBits = 3;
    static constexpr std::uint64_t word(std::uint64_t life, Phase phase) {
        return life << kPhaseBits | phase;
    }

    // The phase, and above it a number that never comes back: a writer that remembers a draft of
    // old does not mistake what became of it for its own.
    std::atomic<std::uint64_t> state_{word(0, Taken)};
    Buffer datagram_;
    OutgoingTopic* topic_ = nullptr;
    std::uint32_t room_end_ = 0;
    std::uint32_t largest_ = 0;
    std::uint16_t messages_ = 0;
    bool queued_ = false;
    std::vector<std::byte> apart_;
};

}  // namespace mcast::detail
