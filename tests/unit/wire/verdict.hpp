#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace mcast::wire::test {

// Reads a datagram as far as src/wire can and says what became of it: "ok" or the name of a
// DropCause. Touches every byte of the messages it accepts.
std::string_view verdict(std::span<const std::byte> datagram);

}  // namespace mcast::wire::test
