#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/export.hpp"
#include "mcast/result.hpp"

namespace mcast {

// The kernel's ifindex; 0 is no interface. Names and addresses change, this stays for as long as
// the interface lives.
struct InterfaceIndex {
    std::uint32_t value = 0;

    explicit constexpr operator bool() const { return value != 0; }
    friend constexpr auto operator<=>(const InterfaceIndex&, const InterfaceIndex&) = default;
};

enum class InterfaceKind : std::uint8_t {
    Ethernet,  // wired, veth and whatever looks like it
    Wifi,
    Loopback,
    Bridge,
    ContainerBridge,  // docker0, br-<12 hex digits>, virbr0, cni0, …
    Tunnel,           // tun, wireguard, ppp, ipip, sit, gre, …
    Other,
};

// "ethernet", "wifi", "loopback", "bridge", "container", "tunnel", "other".
[[nodiscard]] MCAST_API std::string_view to_string(InterfaceKind kind);

struct InterfaceAddress {
    Address address;
    std::uint8_t prefix_length = 0;
    Address broadcast;       // IPv4's directed broadcast, or none
    bool tentative = false;  // duplicate address detection has not ended: not usable yet

    friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;
};

// One network interface as it is now.
struct Interface {
    InterfaceIndex index;
    std::string name;
    InterfaceKind kind = InterfaceKind::Other;
    std::uint32_t mtu = 0;  // bytes of an IP packet
    bool up = false;        // administratively up and with carrier
    bool multicast = false;
    bool broadcast = false;
    bool point_to_point = false;
    bool enslaved = false;  // a port of a bridge or bond: its master is used instead
    std::vector<InterfaceAddress> addresses;

    [[nodiscard]] MCAST_API bool has_address(Family family) const;
    friend bool operator==(const Interface&, const Interface&) = default;
};

// The host's interfaces, kept up to date. Belongs to one node, used on its thread.
class InterfaceMonitor {
public:
    InterfaceMonitor() = default;
    InterfaceMonitor(const InterfaceMonitor&) = delete;
    InterfaceMonitor& operator=(const InterfaceMonitor&) = delete;
    virtual ~InterfaceMonitor() = default;

    // All interfaces, eligible or not, sorted by index; valid until the next poll().
    [[nodiscard]] virtual std::span<const Interface> interfaces() const = 0;
    // Takes in what has changed, without blocking; true if the list is different now.
    virtual bool poll() = 0;
    // Becomes readable when poll() has something to do; -1 if there is nothing to wait for.
    [[nodiscard]] virtual int fd() const = 0;
};

// Whether a node uses an interface, and the reason in a few words either way.
struct Eligibility {
    bool eligible = false;
    std::string reason;
};

// Which interfaces a node uses. Without selectors: up, with an address, able to multicast or
// broadcast, not a tunnel, not point-to-point, not a container bridge, not a port of another
// interface; loopback only when nothing else is eligible.
//
// A selector is one of
//   type=wifi     a kind, by its to_string() name
//   10.0.0.0/8    interfaces with an address in this network; a bare address is a /32 or /128
//   7 or #7       an ifindex
//   eth*          a name, or a glob (*, ?, [abc]) over names
// and with a leading ! it denies. With at least one selector that does not deny, exactly the
// interfaces that one of them matches (and none denies) are used, whatever their kind, as long as
// they are up, have an address and can multicast or broadcast; with only denials, the default
// less those.
class MCAST_API InterfaceSelection {
public:
    InterfaceSelection() = default;  // the default above
    // Fails on an unknown type, a malformed network or an empty selector, with one sentence.
    static Result<InterfaceSelection> parse(std::span<const std::string> selectors);

    // Judges all interfaces together, since loopback depends on the others; same order and size.
    [[nodiscard]] std::vector<Eligibility> judge(std::span<const Interface> interfaces) const;
    // Whether some selector names interfaces, i.e. the default is not what is used.
    [[nodiscard]] bool is_explicit() const { return chooses_; }
    // Whether the selectors mean this interface, usable or not: one of them matches and none denies
    // it; where all deny, that none does.
    [[nodiscard]] bool matches(const Interface& interface) const;
    // The one interface name that all of it comes to; empty if it is not that simple.
    [[nodiscard]] std::string_view sole_name() const;

private:
    struct Selector {
        enum class Kind : std::uint8_t { Type, Network, Index, Name } kind = Kind::Name;
        bool deny = false;
        InterfaceKind type = InterfaceKind::Other;
        Address network;
        std::uint8_t prefix_length = 0;
        InterfaceIndex index;
        std::string text;  // the glob; for the others, as the user wrote it
        static Result<Selector> parse(const std::string& written);
        [[nodiscard]] bool matches(const Interface& interface) const;
    };
    [[nodiscard]] Eligibility judge_one(const Interface& interface) const;

    std::vector<Selector> selectors_;
    bool chooses_ = false;
};

}  // namespace mcast
