#pragma once

#include <algorithm>
#include <memory>
#include <utility>

#include "wrapped_transport.hpp"

namespace worlds {

// A transport of which one interface takes nothing, as a Wi-Fi that is slower than what it is
// given; none if it is 0.
class BusyTransport final : public WrappedTransport {
public:
    BusyTransport(std::unique_ptr<mcast::Transport> inner, const mcast::InterfaceIndex& busy)
        : WrappedTransport(std::move(inner)), busy_(busy) {}

    std::size_t send(std::span<mcast::Datagram> batch) override {
        const auto first = std::find_if(
            batch.begin(), batch.end(),
            [&](const mcast::Datagram& datagram) { return busy_ && datagram.interface == busy_; });
        const auto count = static_cast<std::size_t>(first - batch.begin());
        return count == 0 ? 0 : WrappedTransport::send(batch.first(count));
    }

private:
    const mcast::InterfaceIndex& busy_;
};

}  // namespace worlds
