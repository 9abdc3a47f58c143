#include "transports/socket/syscall_engine.hpp"

#include <algorithm>
#include <utility>

namespace mcast::socket {

Result<std::unique_ptr<Engine>> SyscallEngine::open(const Options& options, const Clock& clock) {
    Result<WaitSet> waits = WaitSet::open();
    if (!waits) return waits.error();
    return std::unique_ptr<Engine>(
        std::make_unique<SyscallEngine>(options, clock, std::move(*waits)));
}

SyscallEngine::SyscallEngine(const Options& options, const Clock& clock, WaitSet waits)
    : busy_poll_(std::max(options.busy_poll, Duration::zero())),
      pool_(options.receive_buffer_count, options.gro ? kRunBufferSize : options.datagram_max,
            BufferPool::Pages::WhenUsed),
      clock_(clock),
      waits_(std::move(waits)),
      receive_batch_(pool_, options.datagram_max, clock) {}

void SyscallEngine::describe(Capabilities& capabilities) const {
    capabilities.name = "socket";
    capabilities.fd = waits_.fd();
    capabilities.notes.emplace_back("up to 128 datagrams in a system call: sendmmsg, recvmmsg");
}

std::size_t SyscallEngine::receive(std::span<Datagram> batch) {
    const std::size_t filled = receive_batch_.take_pending(batch);
    if (receive_batch_.pending() || filled == batch.size()) return filled;
    if (Receiver* const alone = filled == 0 ? favourite_.alone() : nullptr) {
        const std::size_t count = receive_batch_.receive_one(*alone, batch);
        if (count > 0)
            favourite_.on_arrival(*alone);
        else
            favourite_.on_nothing(clock_.now(), false);
        return count;
    }
    return filled + receive_from_all(batch.subspan(filled));
}

std::size_t SyscallEngine::receive_from_all(std::span<Datagram> batch) {
    std::size_t filled = 0;
    bool looked = false;
    // What is pending wants a buffer; another thread may give one back at any moment.
    while (filled < batch.size() && receive_batch_.has_buffer() && !receive_batch_.pending()) {
        Receiver* receiver = waits_.next();
        if (receiver == nullptr) {
            // Once a call: what comes after this look is for the next one.
            if (looked || filled > 0) break;
            waits_.look();
            looked = true;
            continue;
        }
        const bool one = std::exchange(expect_one_, false);
        const std::size_t count = one ? receive_batch_.receive_one(*receiver, batch)
                                      : receive_batch_.receive(*receiver, batch.subspan(filled));
        if (count > 0) favourite_.on_arrival(*receiver);
        filled += count;
        if (one && count > 0) return filled;
    }
    sparse_ = filled <= 1;
    if (filled == 0) favourite_.on_nothing(clock_.now(), looked);
    return filled;
}

std::size_t SyscallEngine::receive_buffers_free() const {
    return pool_.free_count() + receive_batch_.armed_count();
}

void SyscallEngine::wait(std::optional<Duration> timeout) {
    const bool can_receive = receive_batch_.has_buffer();
    favourite_.on_pause();
    if (receive_batch_.ready()) return;
    if (!can_receive) timeout = std::min(timeout.value_or(kBufferCheck), kBufferCheck);
    const Duration patience =
        can_receive ? std::min(timeout.value_or(busy_poll_), busy_poll_) : Duration::zero();
    if (!look_for(patience)) {
        if (timeout) *timeout -= patience;  // so long it was waited already
        waits_.wait(timeout, can_receive);
    }
    expect_one_ = std::exchange(sparse_, false);
}

bool SyscallEngine::look_for(Duration patience) {
    if (patience <= Duration::zero()) return false;
    const Instant end = clock_.now() + patience;
    while (!waits_.is_known()) {
        if (clock_.now() >= end) return false;
        waits_.look();
    }
    static_cast<void>(waits_.take_wake());  // it ends this wait
    return true;
}

}  // namespace mcast::socket
