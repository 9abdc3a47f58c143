#pragma once

#include <cstdint>
#include <string>

#include "mcast/interface.hpp"
#include "platform/link_message.hpp"

namespace mcast::platform {

// What an interface is, by its device type, its driver and, for the bridges and overlays that
// container runtimes make, its name. `wireless` is what rtnetlink does not say.
[[nodiscard]] InterfaceKind classify(const LinkMessage& link, bool wireless);

// Whether sysfs knows this interface as a wireless one. False where it shows another network
// namespace than ours, since its interface of that name is not this one.
[[nodiscard]] bool is_wireless(const std::string& name, std::uint32_t index);

}  // namespace mcast::platform
