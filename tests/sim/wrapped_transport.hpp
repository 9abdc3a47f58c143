#pragma once

#include <memory>
#include <utility>

#include "mcast/transport.hpp"

namespace worlds {

// A transport that hands everything on to another; tests change what they are about.
class WrappedTransport : public mcast::Transport {
public:
    explicit WrappedTransport(std::unique_ptr<mcast::Transport> inner) : inner_(std::move(inner)) {}

    [[nodiscard]] const mcast::Capabilities& capabilities() const override {
        return inner_->capabilities();
    }
    mcast::Result<void> attach(const mcast::Interface& interface) override {
        return inner_->attach(interface);
    }
    void detach(mcast::InterfaceIndex interface) override { inner_->detach(interface); }
    mcast::Result<void> join(const mcast::Group& group, mcast::InterfaceIndex interface) override {
        return inner_->join(group, interface);
    }
    void leave(const mcast::Group& group, mcast::InterfaceIndex interface) override {
        inner_->leave(group, interface);
    }
    void loop_multicast(mcast::InterfaceIndex interface, bool on) override {
        inner_->loop_multicast(interface, on);
    }
    mcast::Buffer allocate() override { return inner_->allocate(); }
    std::size_t send(std::span<mcast::Datagram> batch) override { return inner_->send(batch); }
    std::size_t receive(std::span<mcast::Datagram> batch) override {
        return inner_->receive(batch);
    }
    void wait(mcast::Instant deadline) override { inner_->wait(deadline); }
    void wake() override { inner_->wake(); }
    void watch(int fd) override { inner_->watch(fd); }
    [[nodiscard]] mcast::TransportCounters counters(
        mcast::InterfaceIndex interface) const override {
        return inner_->counters(interface);
    }
    [[nodiscard]] std::size_t receive_buffers_free() const override {
        return inner_->receive_buffers_free();
    }
    [[nodiscard]] std::optional<mcast::Endpoint> unicast_endpoint(
        mcast::InterfaceIndex interface, mcast::Family family) const override {
        return inner_->unicast_endpoint(interface, family);
    }

private:
    std::unique_ptr<mcast::Transport> inner_;
};

}  // namespace worlds
