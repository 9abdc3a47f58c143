#pragma once

#include <memory>

#include "mcast/buffer_pool.hpp"
#include "mcast/result.hpp"
#include "mcast/socket.hpp"
#include "transports/socket/engine.hpp"
#include "transports/socket/favourite.hpp"
#include "transports/socket/receive_batch.hpp"
#include "transports/socket/wait_set.hpp"

namespace mcast::socket {

// Moves datagrams by sendmmsg and recvmmsg, and waits by epoll.
class SyscallEngine final : public Engine {
public:
    static Result<std::unique_ptr<Engine>> open(const Options& options, const Clock& clock);
    SyscallEngine(const Options& options, const Clock& clock, WaitSet waits);

    void describe(Capabilities& capabilities) const override;
    int add(Receiver& receiver) override { return waits_.add(receiver); }
    void remove(Receiver& receiver) override {
        waits_.remove(receiver);
        favourite_.forget(receiver);
    }
    std::size_t send(const Receiver& sender, std::span<mmsghdr> messages,
                     std::span<int> errors) override {
        return sender_.send(sender, messages, errors);
    }
    // What earlier reads had left over; then asks at most once which sockets have something, and
    // reads each of those once. Whoever spins has but one of them read now and then, see Favourite.
    std::size_t receive(std::span<Datagram> batch) override;
    [[nodiscard]] std::size_t receive_buffers_free() const override;
    // While no receive buffer is free it does not wait for data, and looks again every millisecond.
    void wait(std::optional<Duration> timeout) override;
    void wake() override { waits_.wake(); }
    void watch(int fd) override { waits_.watch(fd); }

private:
    std::size_t receive_from_all(std::span<Datagram> batch);
    // Looks, awake, for what a wait ends with; whether there is something.
    bool look_for(Duration patience);

    const Duration busy_poll_;
    SyscallSender sender_;
    BufferPool pool_;
    const Clock& clock_;
    WaitSet waits_;
    ReceiveBatch receive_batch_;
    Favourite favourite_;
    // What a wait ended with is received sooner if it is asked for alone. So it is where hardly
    // anything came before the wait; once, so that the next look brings what there is.
    bool sparse_ = false;
    bool expect_one_ = false;
};

}  // namespace mcast::socket
