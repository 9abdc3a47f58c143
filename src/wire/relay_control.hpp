#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace mcast::wire {

inline constexpr std::size_t kRelayKeysMax = 128;

// What relays tell each other: `RelayHello` of schemas/control.capnp.
struct RelayHello {
    std::uint32_t link = 0;               // the sender's number of the link it was sent on
    std::span<const std::uint64_t> keys;  // hashes of what it carries from there, and where to
};

// Where the list of a hello that is read lies.
struct RelayHelloRoom {
    std::array<std::uint64_t, kRelayKeysMax> keys{};
};

// Bytes of the framed message.
[[nodiscard]] std::size_t relay_hello_size(const RelayHello& hello);

// As those of wire/control.hpp: 0 if it does not fit or breaks a limit; nothing if it is malformed.
[[nodiscard]] std::size_t write_relay_hello(std::span<std::byte> room, const RelayHello& hello);
[[nodiscard]] std::optional<RelayHello> read_relay_hello(std::span<const std::byte> frame,
                                                         RelayHelloRoom& room);

}  // namespace mcast::wire
