#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "mcast/transport.hpp"
#include "tests/conformance/network_namespace.hpp"

namespace mcast::conformance {

// A transport whose sockets and devices are opened in a namespace, wherever its caller is.
class InNamespace final : public Transport {
public:
    InNamespace(std::unique_ptr<Transport> transport, const NetworkNamespace& where)
        : transport_(std::move(transport)), where_(where) {}
    // A device is taken away in the namespace that it was added in.
    ~InNamespace() override {
        const NetworkNamespace::Visit visit(where_);
        transport_.reset();
    }

    const Capabilities& capabilities() const override { return transport_->capabilities(); }
    Result<void> attach(const Interface& interface) override {
        const NetworkNamespace::Visit visit(where_);
        return transport_->attach(interface);
    }
    void detach(InterfaceIndex interface) override { transport_->detach(interface); }
    Result<void> join(const Group& group, InterfaceIndex interface) override {
        const NetworkNamespace::Visit visit(where_);
        return transport_->join(group, interface);
    }
    void leave(const Group& group, InterfaceIndex interface) override {
        transport_->leave(group, interface);
    }
    void loop_multicast(InterfaceIndex interface, bool on) override {
        transport_->loop_multicast(interface, on);
    }
    Buffer allocate() override { return transport_->allocate(); }
    std::size_t send(std::span<Datagram> batch) override { return transport_->send(batch); }
    std::size_t receive(std::span<Datagram> batch) override { return transport_->receive(batch); }
    void wait(Instant deadline) override { transport_->wait(deadline); }
    void wake() override { transport_->wake(); }
    void watch(int fd) override { transport_->watch(fd); }
    TransportCounters counters(InterfaceIndex interface) const override {
        return transport_->counters(interface);
    }
    std::size_t receive_buffers_free() const override { return transport_->receive_buffers_free(); }
    std::optional<Endpoint> unicast_endpoint(InterfaceIndex interface,
                                             Family family) const override {
        return transport_->unicast_endpoint(interface, family);
    }

private:
    std::unique_ptr<Transport> transport_;
    const NetworkNamespace& where_;
};

}  // namespace mcast::conformance
