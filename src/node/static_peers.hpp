#pragma once

#include <span>
#include <string>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/result.hpp"

namespace mcast::detail {

// Endpoints that the user named: reached by unicast, beside discovery.
class StaticPeers {
public:
    // Each "10.0.0.5:7401" or, without a port, the first kStaticPeerPorts unicast ports there.
    static Result<StaticPeers> parse(std::span<const std::string> texts);

    [[nodiscard]] std::span<const Endpoint> endpoints() const { return endpoints_; }
    [[nodiscard]] bool contains(const Endpoint& endpoint) const;

private:
    std::vector<Endpoint> endpoints_;
};

}  // namespace mcast::detail
