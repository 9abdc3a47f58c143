#pragma once

#include <memory>

#include "mcast/result.hpp"
#include "mcast/uring.hpp"
#include "transports/socket/engine.hpp"
#include "transports/socket/wait_set.hpp"
#include "transports/uring/reception.hpp"
#include "transports/uring/ring.hpp"
#include "transports/uring/transmission.hpp"

namespace mcast::uring {

// Moves datagrams by one io_uring, which also waits. Beside the sockets it has one request under
// way, for what else a wait has to end with; an epoll shows outside loops the same.
class UringEngine final : public socket::Engine {
public:
    static Result<std::unique_ptr<socket::Engine>> open(const Options& options,
                                                        const socket::Options& sockets,
                                                        const Clock& clock);
    UringEngine(const Options& options, const socket::Options& sockets, const Clock& clock,
                socket::WaitSet waits, std::unique_ptr<Ring> ring);
    ~UringEngine() override;

    void describe(Capabilities& capabilities) const override;
    int add(socket::Receiver& receiver) override;
    void remove(socket::Receiver& receiver) override;
    std::size_t send(const socket::Receiver& sender, std::span<mmsghdr> messages,
                     std::span<int> errors) override;
    // What has arrived; looks for more while there is room.
    std::size_t receive(std::span<Datagram> batch) override;
    [[nodiscard]] std::size_t receive_buffers_free() const override {
        return reception_.buffers_free();
    }
    void wait(std::optional<Duration> timeout) override;
    void wake() override { waits_.wake(); }
    void watch(int fd) override { waits_.watch(fd); }

private:
    void arm_control();
    // Looks at what has completed.
    void take_completions();
    // Looks, awake, for something that a wait ends with; whether there is.
    bool spin(Duration patience);
    [[nodiscard]] bool has_news() const { return reception_.ready() || disturbed_; }

    const Options options_;
    const Clock& clock_;
    socket::WaitSet waits_;
    std::unique_ptr<Ring> ring_;
    Reception reception_;
    Transmission transmission_;
    bool control_armed_ = false;
    bool disturbed_ = false;  // something of waits_ happened
    int napi_error_ = 0;
};

}  // namespace mcast::uring
