#pragma once

#include <memory>

#include "relay/forwarder.hpp"

namespace mcast::relay {

// A node that carries its domain from each of its interfaces to the others. As with any node, all
// happens in poll(); one thread.
class Relay {
public:
    // The node is opened with `node`; it needs no topics. `host` as for Node::open().
    static Result<std::unique_ptr<Relay>> open(const NodeOptions& node,
                                               const ForwarderOptions& options, Host host);
    Relay(std::unique_ptr<detail::NodeCore> core, const ForwarderOptions& options,
          InterfaceSelection reflect);
    // Says bye, so that another relay takes over at once.
    ~Relay() = default;

    void poll() { core_->poll(); }
    void poll_until(Instant deadline) { core_->poll_until(deadline); }
    [[nodiscard]] Instant next_deadline() const { return core_->next_deadline(); }
    // Readable when poll() has something to do.
    [[nodiscard]] int fd() const { return core_->context().transport().capabilities().fd; }
    [[nodiscard]] detail::NodeCore& node() { return *core_; }
    [[nodiscard]] const detail::NodeCore& node() const { return *core_; }
    [[nodiscard]] Forwarder& forwarder() { return forwarder_; }
    [[nodiscard]] const Forwarder& forwarder() const { return forwarder_; }

private:
    std::unique_ptr<detail::NodeCore> core_;
    Forwarder forwarder_;
};

}  // namespace mcast::relay
