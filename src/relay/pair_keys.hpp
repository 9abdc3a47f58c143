#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/interface.hpp"
#include "node/link.hpp"
#include "relay/rule_set.hpp"

namespace mcast::relay {

// That a relay carries something from one interface to another, by the number that it goes by
// between relays.
struct LinkKey {
    InterfaceIndex from;
    InterfaceIndex to;
    std::uint64_t key = 0;

    friend bool operator==(const LinkKey&, const LinkKey&) = default;
};

// The numbers under which a relay carries its domain, one for each pair of interfaces. Two relays
// come to the same only if they carry the same between the two networks: their interfaces may have
// other names, so a rule counts by what it says of the pair, not by what it calls it.
class PairKeys {
public:
    // `peers`: those known by address, beyond routers.
    PairKeys(std::string_view domain, const std::vector<std::string>& peers);

    // Looks at the interfaces and rules anew (null: none); `reflecting`: carried back to as well.
    // True if something is other than it was.
    bool look_again(const std::deque<detail::Link>& links,
                    std::span<const InterfaceIndex> reflecting, const RuleSet* rules);
    // Other rules, though perhaps at the same address.
    void forget() {
        links_.clear();
        pairs_.clear();
    }

    // `beyond`: to or from peers that are known by address, not the networks themselves.
    [[nodiscard]] std::uint64_t key(InterfaceIndex from, InterfaceIndex to, bool beyond) const;
    // What passes somehow.
    [[nodiscard]] std::vector<LinkKey> carried() const;

private:
    struct Pair {
        InterfaceIndex from;
        InterfaceIndex to;
        std::uint64_t key = 0;
        bool passes = false;
        bool reflects = false;  // or ends where it begins
    };
    [[nodiscard]] std::uint64_t beyond(std::uint64_t key) const;

    std::uint64_t domain_;
    std::uint64_t peers_ = 0;  // 0: none
    std::vector<Interface> links_;
    std::vector<InterfaceIndex> reflecting_;
    std::vector<Pair> pairs_;
};

}  // namespace mcast::relay
