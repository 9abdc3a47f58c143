#include "node/static_peers.hpp"

#include <algorithm>

#include "mcast/node.hpp"
#include "mcast/options.hpp"

namespace mcast::detail {

Result<StaticPeers> StaticPeers::parse(std::span<const std::string> texts) {
    StaticPeers peers;
    for (const std::string& text : texts) {
        const std::optional<Endpoint> endpoint = Endpoint::parse(text);
        if (!endpoint || endpoint->address.is_multicast() || endpoint->address.is_unspecified())
            return Error{ErrorCode::InvalidArgument, 0,
                         "static peer '" + text +
                             "' is not a unicast address: give one such as 10.0.0.5, "
                             "10.0.0.5:7401 or [fe80::1]:7401 (no zone: it is tried on every "
                             "interface)"};
        if (endpoint->port != 0) {
            peers.endpoints_.push_back(*endpoint);
            continue;
        }
        for (std::uint16_t i = 0; i < kStaticPeerPorts; ++i)
            peers.endpoints_.push_back(
                {endpoint->address, static_cast<std::uint16_t>(kUnicastPortFirst + i)});
    }
    return peers;
}

bool StaticPeers::contains(const Endpoint& endpoint) const {
    return std::find(endpoints_.begin(), endpoints_.end(), endpoint) != endpoints_.end();
}

}  // namespace mcast::detail
