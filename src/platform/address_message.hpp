#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mcast/interface.hpp"

namespace mcast::platform {

// What RTM_NEWADDR and RTM_DELADDR say of an address (rtnetlink(7), linux/if_addr.h).
struct AddressMessage {
    std::uint32_t interface_index = 0;
    InterfaceAddress own;    // as the interface will list it
    Address peer;            // the other end of a point-to-point link, else the own address
    bool secondary = false;  // IPv4: not the first of its network; IPv6: temporary (RFC 8981)
    bool duplicate = false;  // somebody else has it (RFC 4862 5.4.5): unusable until it is removed

    // Whether both are about one entry of the kernel's list, whatever its state.
    [[nodiscard]] bool same_entry(const AddressMessage& other) const;
    friend bool operator==(const AddressMessage&, const AddressMessage&) = default;
};

// Empty if the payload is malformed or of another family than IPv4 and IPv6.
[[nodiscard]] std::optional<AddressMessage> parse_address_message(
    std::span<const std::byte> payload);

}  // namespace mcast::platform
