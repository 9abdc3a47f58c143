#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "mcast/interface.hpp"

namespace mcast {

namespace {

constexpr InterfaceKind kKinds[] = {
    InterfaceKind::Ethernet, InterfaceKind::Wifi,   InterfaceKind::Loopback,
    InterfaceKind::Bridge,   InterfaceKind::Tunnel, InterfaceKind::ContainerBridge,
    InterfaceKind::Other,
};

Error malformed(const std::string& selector, const std::string& why) {
    return {ErrorCode::InvalidArgument, 0, "interface selector '" + selector + "': " + why};
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// What no selector can mend.
std::optional<std::string> hard_reason(const Interface& interface) {
    if (!interface.up) return "down";
    if (!interface.multicast && !interface.broadcast) return "can neither multicast nor broadcast";
    if (!interface.has_address(Family::Ipv4) && !interface.has_address(Family::Ipv6))
        return "no address yet";
    return std::nullopt;
}

// Why it is not used unless it is chosen.
std::optional<std::string> default_reason(const Interface& interface) {
    const std::string how = " (choose it with -i " + interface.name + ")";
    if (interface.kind == InterfaceKind::Tunnel) return "tunnel" + how;
    if (interface.kind == InterfaceKind::ContainerBridge) return "container bridge" + how;
    if (interface.point_to_point) return "point-to-point" + how;
    if (interface.enslaved) return "port of a bridge or bond, which is used instead" + how;
    return std::nullopt;
}

}  // namespace

Result<InterfaceSelection> InterfaceSelection::parse(std::span<const std::string> selectors) {
    InterfaceSelection selection;
    for (const std::string& written : selectors) {
        Selector selector;
        std::string_view text = written;
        if (!text.empty() && text.front() == '!') {
            selector.deny = true;
            text.remove_prefix(1);
        }
        selector.text = text;
        if (text.empty())
            return malformed(written, "is empty; give a name, 'type=wifi', or 10.0.0.0/8");
        const std::size_t slash = text.find('/');
        const bool hash = text.front() == '#';
        if (text.substr(0, 5) == "type=") {
            selector.kind = Selector::Kind::Type;
            const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                            [&](auto k) { return to_string(k) == text.substr(5); });
            if (kind == std::end(kKinds)) {
                std::string known;
                for (const InterfaceKind each : kKinds)
                    known += (known.empty() ? "" : ", ") + std::string(to_string(each));
                return malformed(written, "unknown type; known are " + known);
            }
            selector.type = *kind;
        } else if (const auto index = parse_number(hash ? text.substr(1) : text)) {
            selector.kind = Selector::Kind::Index;
            selector.index.value = *index;
        } else if (const auto address = Address::parse(text.substr(0, slash))) {
            selector.kind = Selector::Kind::Network;
            selector.network = *address;
            const auto bits = static_cast<std::uint32_t>(address->bytes().size() * 8);
            const auto length = slash == std::string_view::npos
                                    ? std::optional(bits)
                                    : parse_number(text.substr(slash + 1));
            if (!length || *length > bits)
                return malformed(written, "prefix length must be 0 to " + std::to_string(bits));
            selector.prefix_length = static_cast<std::uint8_t>(*length);
        } else if (slash != std::string_view::npos || hash) {
            return malformed(written,
                             "is neither a network such as 10.0.0.0/8 nor an index "
                             "such as #7");
        }
        selection.chooses_ = selection.chooses_ || !selector.deny;
        selection.selectors_.push_back(std::move(selector));
    }
    return selection;
}

bool InterfaceSelection::Selector::matches(const Interface& interface) const {
    switch (kind) {
        case Kind::Type:
            return interface.kind == type;
        case Kind::Index:
            return interface.index == index;
        case Kind::Name:
            return fnmatch(text.c_str(), interface.name.c_str(), 0) == 0;
        case Kind::Network:
            break;
    }
    return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                       [&](const InterfaceAddress& own) {
                           return own.address.shares_prefix(network, prefix_length);
                       });
}

Eligibility InterfaceSelection::judge_one(const Interface& interface) const {
    bool chosen = false;
    for (const Selector& selector : selectors_) {
        if (!selector.matches(interface)) continue;
        if (selector.deny) return {false, "denied by '!" + selector.text + "'"};
        chosen = true;
    }
    if (chooses_ && !chosen) return {false, "not chosen by any selector"};
    if (auto reason = hard_reason(interface)) return {false, std::move(*reason)};
    if (chosen) return {true, "chosen"};
    if (auto reason = default_reason(interface)) return {false, std::move(*reason)};
    return {true, std::string(to_string(interface.kind))};
}

std::vector<Eligibility> InterfaceSelection::judge(std::span<const Interface> interfaces) const {
    std::vector<Eligibility> verdicts;
    verdicts.reserve(interfaces.size());
    bool other_usable = false;
    for (const Interface& interface : interfaces) {
        verdicts.push_back(judge_one(interface));
        other_usable =
            other_usable || (verdicts.back().eligible && interface.kind != InterfaceKind::Loopback);
    }
    if (chooses_) return verdicts;
    for (std::size_t i = 0; i < interfaces.size(); ++i) {
        if (interfaces[i].kind != InterfaceKind::Loopback || !verdicts[i].eligible) continue;
        if (other_usable)
            verdicts[i] = {false, "loopback, and another interface is usable (choose it with -i " +
                                      interfaces[i].name + ")"};
        else
            verdicts[i].reason = "loopback, since nothing else is usable";
    }
    return verdicts;
}

}  // namespace mcast
