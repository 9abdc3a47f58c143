#pragma once

#include <memory>
#include <utility>

#include "wrapped_transport.hpp"

namespace worlds {

// A transport whose machine can lose power: from then on nothing that its node still says, its bye
// above all, leaves it.
class CrashableTransport final : public WrappedTransport {
public:
    CrashableTransport(std::unique_ptr<mcast::Transport> inner, const bool& crashed)
        : WrappedTransport(std::move(inner)), crashed_(crashed) {}

    std::size_t send(std::span<mcast::Datagram> batch) override {
        return crashed_ ? batch.size() : WrappedTransport::send(batch);
    }

private:
    const bool& crashed_;
};

}  // namespace worlds
