#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "mcast/interface.hpp"

namespace mcast {

namespace {

constexpr InterfaceKind kKinds[] = {
    InterfaceKind::Ethernet, InterfaceKind::Wifi,   InterfaceKind::Loopback,
    InterfaceKind::Bridge,   InterfaceKind::Tunnel, InterfaceKind::ContainerBridge,
    InterfaceKind::Other,
};

constexpr std::string_view kTypePrefix = "type=";

Error malformed(const std::string& selector, const std::string& why) {
    return {ErrorCode::InvalidArgument, 0, "interface selector '" + selector + "': " + why};
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<InterfaceKind> parse_type(std::string_view text) {
    for (const InterfaceKind kind : kKinds)
        if (to_string(kind) == text) return kind;
    return std::nullopt;
}

std::string known_types() {
    std::string list;
    for (const InterfaceKind kind : kKinds)
        list += (list.empty() ? "" : ", ") + std::string(to_string(kind));
    return list;
}

// The kernel takes no name with '/', ':' or white space (dev_valid_name() of net/core/dev.c), and
// nobody calls an interface 10.0.0.256.
bool can_be_name(std::string_view text) {
    return text.find_first_of("/: \t\n") == std::string_view::npos &&
           text.find_first_not_of("0123456789.") != std::string_view::npos;
}

// Why it is not used unless it is chosen. These come before what may pass, such as a missing
// address: a port of a bridge shall not look as if it waited for one.
std::optional<std::string> default_reason(const Interface& interface) {
    const std::string by_name = "'" + interface.name + "'";
    const std::string by_type =
        by_name + " or 'type=" + std::string(to_string(interface.kind)) + "'";
    if (interface.kind == InterfaceKind::Tunnel) return "tunnel (choose it with " + by_type + ")";
    if (interface.kind == InterfaceKind::ContainerBridge)
        return "container bridge (choose it with " + by_type + ")";
    if (interface.point_to_point) return "point-to-point (choose it with " + by_name + ")";
    if (interface.enslaved)
        return "port of a bridge or bond, which is used instead (choose it with " + by_name + ")";
    return std::nullopt;
}

// What no selector mends.
std::optional<std::string> lasting_reason(const Interface& interface) {
    if (!interface.multicast && !interface.broadcast) return "can neither multicast nor broadcast";
    if (interface.has_address(Family::Ipv4) || interface.has_address(Family::Ipv6))
        return std::nullopt;
    return interface.addresses.empty()
               ? "no address yet"
               : "no address yet (duplicate address detection is under way)";
}

}  // namespace

Result<InterfaceSelection::Selector> InterfaceSelection::Selector::parse(
    const std::string& written) {
    Selector selector;
    std::string_view text = written;
    selector.deny = text.starts_with('!');
    if (selector.deny) text.remove_prefix(1);
    selector.text = text;
    if (text.empty())
        return malformed(written, "it is empty; write a name, a glob, type=wifi, 10.0.0.0/8 or #7");

    if (text.starts_with(kTypePrefix)) {
        const auto type = parse_type(text.substr(kTypePrefix.size()));
        if (!type) return malformed(written, "unknown type; the known ones are " + known_types());
        selector.kind = Kind::Type;
        selector.type = *type;
        return selector;
    }
    const bool hash = text.front() == '#';
    if (const auto index = parse_number(hash ? text.substr(1) : text)) {
        if (*index == 0) return malformed(written, "an interface's index is 1 or more");
        selector.kind = Kind::Index;
        selector.index.value = *index;
        return selector;
    }
    const std::size_t slash = text.find('/');
    if (const auto address = Address::parse(text.substr(0, slash))) {
        const auto bits = static_cast<std::uint32_t>(address->bytes().size() * 8);
        const auto length = slash == std::string_view::npos ? std::optional(bits)
                                                            : parse_number(text.substr(slash + 1));
        if (!length || *length > bits)
            return malformed(written, "its prefix length must be 0 to " + std::to_string(bits));
        selector.kind = Kind::Network;
        selector.network = *address;
        selector.prefix_length = static_cast<std::uint8_t>(*length);
        return selector;
    }
    if (hash) return malformed(written, "it is no index; write one such as #7");
    if (!can_be_name(text))
        return malformed(written, "it is no network; write one such as 10.0.0.0/8 or fe80::/10");
    return selector;
}

Result<InterfaceSelection> InterfaceSelection::parse(std::span<const std::string> selectors) {
    InterfaceSelection selection;
    for (const std::string& written : selectors) {
        Result<Selector> selector = Selector::parse(written);
        if (!selector) return selector.error();
        selection.chooses_ = selection.chooses_ || !selector->deny;
        selection.selectors_.push_back(std::move(*selector));
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

bool InterfaceSelection::matches(const Interface& interface) const {
    bool chosen = !chooses_;
    for (const Selector& selector : selectors_) {
        if (!selector.matches(interface)) continue;
        if (selector.deny) return false;
        chosen = true;
    }
    return chosen;
}

std::string_view InterfaceSelection::sole_name() const {
    if (selectors_.size() != 1) return {};
    const Selector& selector = selectors_.front();
    // What fnmatch() takes for more than the character itself.
    const bool plain = selector.text.find_first_of("*?[\\") == std::string::npos;
    const bool name = selector.kind == Selector::Kind::Name && !selector.deny && plain;
    return name ? std::string_view(selector.text) : std::string_view();
}

Eligibility InterfaceSelection::judge_one(const Interface& interface) const {
    bool chosen = false;
    for (const Selector& selector : selectors_) {
        if (!selector.matches(interface)) continue;
        if (selector.deny) return {false, "denied by '!" + selector.text + "'"};
        chosen = true;
    }
    if (chooses_ && !chosen) return {false, "not chosen by any selector"};
    if (!interface.up) return {false, "down"};
    if (!chosen)
        if (auto reason = default_reason(interface)) return {false, std::move(*reason)};
    if (auto reason = lasting_reason(interface)) return {false, std::move(*reason)};
    return {true, chosen ? "chosen" : std::string(to_string(interface.kind))};
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
            verdicts[i] = {false, "loopback, and another interface is usable (choose it with '" +
                                      interfaces[i].name + "' or 'type=loopback')"};
        else
            verdicts[i].reason = "loopback, since nothing else is usable";
    }
    return verdicts;
}

}  // namespace mcast
