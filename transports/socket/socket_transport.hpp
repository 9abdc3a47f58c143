#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mcast/buffer_pool.hpp"
#include "mcast/socket.hpp"
#include "mcast/time.hpp"
#include "mcast/transport.hpp"
#include "transports/socket/engine.hpp"
#include "transports/socket/interface_sockets.hpp"
#include "transports/socket/send_batch.hpp"

namespace mcast::socket {

// The transport over kernel sockets. The clock must outlive it, and count like CLOCK_MONOTONIC.
// `note` becomes the first of its notes.
[[nodiscard]] MCAST_API Result<std::unique_ptr<Transport>> make_transport(
    const Options& options, const Clock& clock, const std::string& note = {});

// The same over another engine, which is made with options that this kernel has all of.
using EngineMaker =
    std::function<Result<std::unique_ptr<Engine>>(const Options& options, const Clock& clock)>;
[[nodiscard]] MCAST_API Result<std::unique_ptr<Transport>> make_transport(
    const Options& options, const Clock& clock, const EngineMaker& make_engine);

class SocketTransport final : public Transport {
public:
    SocketTransport(const Options& options, Capabilities capabilities, const Clock& clock,
                    std::unique_ptr<Engine> engine);

    [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> attach(const Interface& interface) override;
    void detach(InterfaceIndex interface) override;
    Result<void> join(const Group& group, InterfaceIndex interface) override;
    void leave(const Group& group, InterfaceIndex interface) override;
    void loop_multicast(InterfaceIndex interface, bool on) override;
    Buffer allocate() override;
    // The kernel copies, so no reference is kept.
    std::size_t send(std::span<Datagram> batch) override;
    std::size_t receive(std::span<Datagram> batch) override;
    void wait(Instant deadline) override;
    void wake() override { engine_->wake(); }
    void watch(int fd) override { engine_->watch(fd); }
    // Of interface 0: what was sent on interfaces that were not attached, all of it refused.
    [[nodiscard]] TransportCounters counters(InterfaceIndex interface) const override;
    [[nodiscard]] std::size_t receive_buffers_free() const override {
        return engine_->receive_buffers_free();
    }
    [[nodiscard]] std::optional<Endpoint> unicast_endpoint(InterfaceIndex interface,
                                                           Family family) const override;

private:
    [[nodiscard]] InterfaceSockets* find(InterfaceIndex interface) const;
    void note_segmentation(const InterfaceSockets& sockets, Receiver& sender);
    void refuse(InterfaceSockets* sockets, std::span<const Datagram> run);

    const Options options_;
    Capabilities capabilities_;
    const Clock& clock_;
    BufferPool transmit_;
    const std::unique_ptr<Engine> engine_;
    PortHolder port_holder_;
    std::vector<std::unique_ptr<InterfaceSockets>> interfaces_;
    TransportCounters unattached_;
    // By then everything that is wanted of what an earlier run has joined is joined again.
    Instant inherited_until_ = kNever;
    SendBatch send_batch_;
};

}  // namespace mcast::socket
