#include "relay/pair_keys.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace mcast::relay {

PairKeys::PairKeys(std::string_view domain, const std::vector<std::string>& peers)
    : domain_(hash(domain)) {
    if (peers.empty()) return;
    Hash all;
    for (const std::string& peer : peers)
        all.add(peer).add(std::byte{});
    peers_ = all.value();
}

bool PairKeys::look_again(const std::deque<detail::Link>& links,
                          std::span<const InterfaceIndex> reflecting, const RuleSet* rules) {
    std::vector<Interface> attached;
    for (const detail::Link& link : links)
        if (link.attached) attached.push_back(link.interface);
    if (attached == links_ &&
        std::equal(reflecting.begin(), reflecting.end(), reflecting_.begin(), reflecting_.end()))
        return false;
    links_ = std::move(attached);
    reflecting_.assign(reflecting.begin(), reflecting.end());
    pairs_.clear();
    for (const Interface& from : links_)
        for (const Interface& to : links_) {
            const PairRules said = rules == nullptr ? PairRules{} : rules->between(from, to);
            const bool reflects =
                from.index != to.index ||
                std::find(reflecting_.begin(), reflecting_.end(), from.index) != reflecting_.end();
            pairs_.push_back(
                {from.index, to.index, split_mix(domain_ ^ said.digest), said.passes, reflects});
        }
    return true;
}

std::uint64_t PairKeys::beyond(std::uint64_t key) const {
    return split_mix(key ^ peers_);
}

std::uint64_t PairKeys::key(InterfaceIndex from, InterfaceIndex to, bool beyond) const {
    for (const Pair& pair : pairs_)
        if (pair.from == from && pair.to == to) return beyond ? this->beyond(pair.key) : pair.key;
    return 0;
}

std::vector<LinkKey> PairKeys::carried() const {
    std::vector<LinkKey> carried;
    for (const Pair& pair : pairs_) {
        if (!pair.passes) continue;
        if (pair.reflects) carried.push_back({pair.from, pair.to, pair.key});
        if (peers_ != 0) carried.push_back({pair.from, pair.to, beyond(pair.key)});
    }
    return carried;
}

}  // namespace mcast::relay
