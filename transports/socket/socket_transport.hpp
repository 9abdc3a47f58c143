#pragma once

#include <memory>
#include <vector>

#include "mcast/buffer_pool.hpp"
#include "mcast/socket.hpp"
#include "mcast/time.hpp"
#include "mcast/transport.hpp"
#include "transports/socket/interface_sockets.hpp"
#include "transports/socket/receive_batch.hpp"
#include "transports/socket/send_batch.hpp"
#include "transports/socket/wait_set.hpp"

namespace mcast::socket {

// The transport over kernel sockets. The clock must outlive it, and count like CLOCK_MONOTONIC.
[[nodiscard]] MCAST_API Result<std::unique_ptr<Transport>> make_transport(const Options& options,
                                                                          const Clock& clock);

class SocketTransport final : public Transport {
public:
    SocketTransport(const Options& options, const Clock& clock, WaitSet waits);

    [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> attach(const Interface& interface) override;
    void detach(InterfaceIndex interface) override;
    Result<void> join(const Group& group, InterfaceIndex interface) override;
    void leave(const Group& group, InterfaceIndex interface) override;
    Buffer allocate() override;
    // The kernel copies, so no reference is kept.
    std::size_t send(std::span<Datagram> batch) override;
    // What earlier reads had left over; then asks at most once which sockets have something, and
    // reads each of those once.
    std::size_t receive(std::span<Datagram> batch) override;
    // While no receive buffer is free it does not wait for data, and looks again every millisecond.
    void wait(Instant deadline) override;
    void wake() override { waits_.wake(); }
    void watch(int fd) override { waits_.watch(fd); }
    // Of interface 0: what was sent on interfaces that were not attached, all of it refused.
    [[nodiscard]] TransportCounters counters(InterfaceIndex interface) const override;
    [[nodiscard]] std::size_t receive_buffers_free() const override;
    [[nodiscard]] std::optional<Endpoint> unicast_endpoint(InterfaceIndex interface,
                                                           Family family) const override;

private:
    [[nodiscard]] InterfaceSockets* find(InterfaceIndex interface) const;
    void note_segmentation(const InterfaceSockets& sockets, Receiver& sender);
    void refuse(InterfaceSockets* sockets, std::span<const Datagram> run);

    Options options_;  // without what this kernel has not
    Capabilities capabilities_;
    const Clock& clock_;
    BufferPool transmit_;
    BufferPool receive_;
    WaitSet waits_;  // outlives the sockets that are registered with it
    std::vector<std::unique_ptr<InterfaceSockets>> interfaces_;
    TransportCounters unattached_;
    SendBatch send_batch_;
    ReceiveBatch receive_batch_;
};

}  // namespace mcast::socket
