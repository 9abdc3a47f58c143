#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "mcast/address.hpp"
#include "mcast/time.hpp"

namespace mcast::relay {

// How one game, device or protocol finds its like on a LAN, and how that is carried well.
struct Preset {
    std::string_view name;
    std::string_view what;     // for people, a few words
    std::string_view address;  // of the group; empty: broadcast
    std::uint16_t port = 0;
    bool both = true;                   // sensible only in both directions
    bool keep_source = false;           // receivers go by the sender's address
    Duration replies{};                 // 0: nobody answers to the sender's address
    std::optional<std::uint8_t> ttl{};  // none: one less than it came with
    std::string_view warning{};         // what one has to know before

    // The group and port, or 255.255.255.255 and port.
    [[nodiscard]] Endpoint destination() const;
};

// By name.
[[nodiscard]] std::span<const Preset> presets();
[[nodiscard]] const Preset* find_preset(std::string_view name);  // null: there is none

}  // namespace mcast::relay
