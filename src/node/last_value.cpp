#include "node/last_value.hpp"

#include <algorithm>
#include <array>

#include "wire/header.hpp"

namespace mcast::detail {

namespace {

// From one copy to the next.
constexpr std::array<Duration, 3> kGaps = {
    std::chrono::milliseconds(50), std::chrono::milliseconds(250), std::chrono::milliseconds(1000)};

}  // namespace

LastValue::LastValue(Context& context, Outbound& outbound, const protocol::PeerTable& peers,
                     const Membership& membership, std::uint64_t topic_id)
    : outbound_(outbound), peers_(peers), membership_(membership), topic_id_(topic_id) {
    listeners_.reserve(context.options.limits.peers_max);
}

void LastValue::on_sent(const Buffer& datagram) {
    last_ = datagram;
    for (Listener& listener : listeners_)
        listener.due = kNever;
}

void LastValue::refresh(Instant now) {
    for (Listener& listener : listeners_)
        listener.present = false;
    peers_.for_each([&](const protocol::Peer& peer) {
        const auto topics = peer.topics();
        if (!peer.knows_us() || std::none_of(topics.begin(), topics.end(), [&](const auto& topic) {
                return wants_topic(topic, topic_id_);
            }))
            return;
        const auto known =
            std::find_if(listeners_.begin(), listeners_.end(),
                         [&](const Listener& listener) { return listener.peer == peer.id(); });
        if (known != listeners_.end())
            known->present = true;
        else if (listeners_.size() < listeners_.capacity())
            listeners_.push_back({peer.id(), 0, now, true});
    });
    std::erase_if(listeners_, [](const Listener& listener) { return !listener.present; });
}

void LastValue::on_turn(Instant now) {
    for (Listener& listener : listeners_) {
        if (listener.due > now) continue;
        if (last_) send(listener);
        listener.due = last_ && listener.sent < kGaps.size() ? now + kGaps[listener.sent] : kNever;
        ++listener.sent;
    }
}

Instant LastValue::deadline() const {
    Instant earliest = kNever;
    for (const Listener& listener : listeners_)
        earliest = std::min(earliest, listener.due);
    return earliest;
}

void LastValue::send(const Listener& listener) {
    const protocol::Peer* peer = peers_.find(listener.peer);
    const auto target = peer == nullptr ? std::nullopt : unicast_target(*peer, membership_);
    if (!target || last_.size() > target->datagram_max) return;
    wire::add_flags(last_.data(), wire::kFlagRepair);
    outbound_.push(last_, *target);
}

}  // namespace mcast::detail
