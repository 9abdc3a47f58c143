#include "relay/election.hpp"

#include <algorithm>

namespace mcast::relay {

bool Election::Heard::has(std::uint64_t key) const {
    const auto end = keys.begin() + key_count;
    return std::find(keys.begin(), end, key) != end;
}

const Election::Heard* Election::find(PeerId relay, InterfaceIndex interface) const {
    for (const Heard& heard : heard_)
        if (heard.relay == relay && heard.interface == interface) return &heard;
    return nullptr;
}

bool Election::on_hello(Instant now, InterfaceIndex interface, const Hello& hello) {
    if (hello.relay == self_) return false;
    auto* heard = const_cast<Heard*>(find(hello.relay, interface));
    const bool is_new = heard == nullptr;
    if (is_new) {
        if (heard_.size() == kRelaysMax) return false;
        heard = &heard_.emplace_back();
        heard->relay = hello.relay;
        heard->interface = interface;
    }
    const auto keys = hello.keys.first(std::min(hello.keys.size(), kKeysMax));
    const bool same = !is_new && heard->link == hello.link &&
                      std::equal(keys.begin(), keys.end(), heard->keys.begin(),
                                 heard->keys.begin() + heard->key_count);
    heard->at = now;
    if (same) return false;
    heard->link = hello.link;
    heard->key_count = static_cast<std::uint8_t>(keys.size());
    std::copy(keys.begin(), keys.end(), heard->keys.begin());
    return true;
}

template <typename IsGone>
std::vector<Election::Presence> Election::forget(IsGone&& is_gone) {
    std::vector<Presence> gone;
    std::erase_if(heard_, [&](const Heard& heard) {
        if (!is_gone(heard)) return false;
        gone.push_back({heard.relay, heard.interface});
        return true;
    });
    return gone;
}

std::vector<Election::Presence> Election::on_bye(PeerId relay) {
    return forget([&](const Heard& heard) { return heard.relay == relay; });
}

std::vector<Election::Presence> Election::on_deadline(Instant now) {
    return forget([&](const Heard& heard) { return heard.at + kSilenceMax <= now; });
}

Instant Election::deadline() const {
    Instant earliest = Instant::max();
    for (const Heard& heard : heard_)
        earliest = std::min(earliest, heard.at + kSilenceMax);
    return earliest;
}

PeerId Election::elected(InterfaceIndex from, InterfaceIndex to, std::uint64_t key) const {
    PeerId best;
    for (const Heard& in : heard_) {
        if (in.interface != from || in.relay.value >= self_.value) continue;
        const Heard* out = find(in.relay, to);
        if (out == nullptr || !in.has(toward(key, out->link))) continue;
        if (best == PeerId{} || in.relay.value < best.value) best = in.relay;
    }
    return best;
}

bool Election::carries(InterfaceIndex from, InterfaceIndex to, std::uint64_t key) const {
    return elected(from, to, key) == PeerId{};
}

bool Election::is_alive(PeerId relay) const {
    return std::any_of(heard_.begin(), heard_.end(),
                       [&](const Heard& heard) { return heard.relay == relay; });
}

std::size_t Election::count(InterfaceIndex interface) const {
    return static_cast<std::size_t>(std::count_if(
        heard_.begin(), heard_.end(), [&](const Heard& h) { return h.interface == interface; }));
}

}  // namespace mcast::relay
