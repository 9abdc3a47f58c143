#include "mcast/event.hpp"

#include <array>
#include <cstdio>

namespace mcast {

std::string_view to_string(EventKind kind) {
    static constexpr std::array<std::string_view, kEventKindCount> kNames = {
        "peer-up",          "peer-silent",
        "peer-back",        "peer-down",
        "topic-change",     "gap",
        "type-mismatch",    "delivery-mismatch",
        "interface-up",     "interface-down",
        "interface-failed", "pong",
        "refused",          "lagged",
        "caught-up",
    };
    return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(GapCause cause) {
    static constexpr std::array<std::string_view, kGapCauseCount> kNames = {
        "lost", "expired", "no-longer-held", "peer-gone", "unanswered",
    };
    return kNames[static_cast<std::size_t>(cause)];
}

namespace {

std::string peer(const Event& event) {
    const std::string id = to_string(event.peer);
    if (event.peer_name.empty()) return "peer " + id;
    return "peer '" + std::string(event.peer_name) + "' (" + id + ")";
}

std::string interface(const Event& event) {
    return "interface " + std::string(event.interface_name);
}

std::string because(const Event& event) {
    return event.text.empty() ? "" : ": " + std::string(event.text);
}

std::string gap(const Event& event) {
    const std::uint64_t count = event.last - event.first + 1;
    const std::string missing =
        count == 1 ? "1 datagram is missing (" + std::to_string(event.first) + ")"
                   : std::to_string(count) + " datagrams are missing (" +
                         std::to_string(event.first) + " to " + std::to_string(event.last) + ")";
    const std::string cause =
        event.cause == GapCause::Lost ? "" : ": " + std::string(to_string(event.cause));
    return "topic '" + std::string(event.topic) + "' of " + peer(event) + ": " + missing + cause;
}

std::string pong(const Event& event) {
    char time[32];
    std::snprintf(time, sizeof time, "%.1f", static_cast<double>(event.round_trip.count()) / 1e3);
    return peer(event) + " answered after " + time + " us";
}

}  // namespace

std::string to_string(const Event& event) {
    const std::string on =
        event.interface_name.empty() ? "" : " on " + std::string(event.interface_name);
    switch (event.kind) {
        case EventKind::PeerUp:
            return peer(event) + " is up" + on;
        case EventKind::PeerSilent:
            return peer(event) + " is silent";
        case EventKind::PeerBack:
            return peer(event) + " is back" + on;
        case EventKind::PeerDown:
            return peer(event) + " is down" + because(event);
        case EventKind::TopicChange:
            return peer(event) + " has changed its topics";
        case EventKind::Gap:
            return gap(event);
        case EventKind::TypeMismatch:
            return "type mismatch" + because(event);
        case EventKind::DeliveryMismatch:
            return "delivery mismatch" + because(event);
        case EventKind::InterfaceUp:
            return interface(event) + " is in use" + because(event);
        case EventKind::InterfaceDown:
            return interface(event) + " is not in use" + because(event);
        case EventKind::InterfaceFailed:
            return interface(event) + " failed" + because(event);
        case EventKind::Pong:
            return pong(event) + on;
        case EventKind::Lagged:
            return "topic '" + std::string(event.topic) + "': " + std::string(event.text);
        case EventKind::CaughtUp:
            return "topic '" + std::string(event.topic) + "': " + peer(event) + " has caught up";
        case EventKind::Refused:
            break;
    }
    return "refused" + because(event);
}

}  // namespace mcast
