#pragma once

#include <poll.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/dpdk.hpp"
#include "mcast/transport.hpp"
#include "transports/dpdk/eal_log.hpp"
#include "transports/dpdk/mbuf_plan.hpp"
#include "transports/dpdk/port_table.hpp"
#include "transports/dpdk/port_user.hpp"

namespace mcast::dpdk {

// One node's side of a port.
class DpdkTransport final : public Transport {
public:
    // The clock must outlive it, and count like CLOCK_MONOTONIC.
    [[nodiscard]] static Result<std::unique_ptr<DpdkTransport>> open(const Options& options,
                                                                     const PortLease& port,
                                                                     const Clock& clock);
    ~DpdkTransport() override;

    [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> attach(const Interface& interface) override;
    void detach(InterfaceIndex interface) override;
    Result<void> join(const Group& group, InterfaceIndex interface) override;
    void leave(const Group& group, InterfaceIndex interface) override;
    Buffer allocate() override;
    // The device may still read what is sent when this returns: the mbuf has one more reference
    // then, and is sent from a copy if it is sent again before it has been let go.
    std::size_t send(std::span<Datagram> batch) override;
    std::size_t receive(std::span<Datagram> batch) override;
    // Looks at the device without end for Idle::spin, then in naps that grow to Idle::sleep_max.
    void wait(Instant deadline) override;
    void wake() override;
    void watch(int fd) override;
    // Of interface 0: what was sent on interfaces that were not attached, all of it refused.
    [[nodiscard]] TransportCounters counters(InterfaceIndex interface) const override;
    [[nodiscard]] std::size_t receive_buffers_free() const override;
    [[nodiscard]] std::optional<Endpoint> unicast_endpoint(InterfaceIndex interface,
                                                           Family family) const override;

private:
    DpdkTransport(const Options& options, const PortLease& port, const Clock& clock,
                  FileDescriptor wake);
    [[nodiscard]] bool is_ours(InterfaceIndex interface) const;
    void refuse(const Datagram& datagram);
    std::size_t take_arrivals(std::span<Datagram> batch);
    bool nap(Duration length);

    const Options options_;
    PortLease port_;
    const Clock& clock_;
    EalLog& log_;
    PortUser user_;
    // To be allocated next: the pool is asked for many at a time.
    std::array<rte_mbuf*, MbufPlan::kStock> stock_{};
    std::size_t stocked_ = 0;
    TransportCounters unattached_;
    std::uint64_t device_dropped_ = 0;  // before it was attached
    FileDescriptor wake_;               // eventfd
    std::atomic<bool> woken_{false};
    std::vector<pollfd> watched_;  // wake_ first
    Capabilities capabilities_;
};

}  // namespace mcast::dpdk
