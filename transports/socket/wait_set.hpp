#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"

namespace mcast::socket {

struct Receiver;

// What a transport waits for: its sockets, descriptors of others, and a call from elsewhere. Knows
// which sockets had something when it last looked.
class WaitSet {
public:
    static Result<WaitSet> open();

    // The errno, or 0.
    [[nodiscard]] int add(Receiver& receiver);
    void remove(Receiver& receiver);
    void watch(int fd);
    // fd() shall react to this descriptor, too, but wait() shall not.
    [[nodiscard]] int show(int fd) const;

    // Ends a wait, or the next one. From any thread and from signal handlers.
    void wake() const;
    // Until something of the above happens, or for `timeout`; for ever without one. The sockets
    // may be left out: when nothing could be received anyway.
    void wait(std::optional<Duration> timeout, bool with_sockets);

    // The next socket that has something, in turn; null if look() has to be called again.
    [[nodiscard]] Receiver* next();
    // Asks the kernel, without blocking, which sockets have something.
    void look();
    // Whether a look has found what a wait for sockets ends with.
    [[nodiscard]] bool is_known() const { return woken_ || cursor_ < ready_count_; }

    // Readable when wait() would return.
    [[nodiscard]] int fd() const { return all_.get(); }

    // For those who wait by other means. Readable when wait() would return without the sockets.
    [[nodiscard]] int control_fd() const { return control_.get(); }
    // Takes in a wake(), for take_wake().
    void look_at_control();
    // Whether wake() was called, once.
    [[nodiscard]] bool take_wake() { return std::exchange(woken_, false); }

private:
    static constexpr std::size_t kEventsMax = 64;  // more sockets wait for the next look

    WaitSet() = default;
    [[nodiscard]] int register_fd(const FileDescriptor& epoll, int fd, std::uint64_t tag) const;
    // True if wake() was among the events.
    bool take(int epoll, std::optional<Duration> timeout);

    FileDescriptor all_;      // epoll: everything
    FileDescriptor control_;  // epoll: everything but the sockets
    FileDescriptor wake_;     // eventfd
    bool woken_ = false;      // wake() was noticed by look(): the next wait() ends
    std::array<Receiver*, kEventsMax> ready_{};
    std::size_t ready_count_ = 0;
    std::size_t cursor_ = 0;
};

}  // namespace mcast::socket
