#include "mcast/peer.hpp"

#include <cstdio>

namespace mcast {

std::string to_string(PeerId id) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(id.value));
    return text;
}

std::string_view to_string(PeerState state) {
    switch (state) {
        case PeerState::Unknown:
            return "unknown";
        case PeerState::Up:
            return "up";
        case PeerState::Silent:
            return "silent";
        case PeerState::Down:
            break;
    }
    return "down";
}

std::string_view to_string(Way way) {
    switch (way) {
        case Way::Multicast:
            return "multicast";
        case Way::Broadcast:
            return "broadcast";
        case Way::Unicast:
            break;
    }
    return "unicast";
}

std::string_view to_string(Delivery delivery) {
    switch (delivery) {
        case Delivery::Latest:
            return "latest";
        case Delivery::Reliable:
            return "reliable";
        case Delivery::BestEffort:
            break;
    }
    return "best-effort";
}

}  // namespace mcast
