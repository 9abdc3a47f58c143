#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mcast/interface.hpp"
#include "mcast/peer.hpp"
#include "mcast/time.hpp"

namespace mcast::relay {

// What another relay says on one of our interfaces; see RelayHello in schemas/control.capnp.
struct Hello {
    PeerId relay;
    std::uint32_t link = 0;                      // the relay's own number of the link
    std::span<const std::uint32_t> forwards_to;  // its links to which it carries what comes there
    std::span<const std::uint64_t> keys;         // what it carries: domains and foreign groups
};

// Which of several relays between the same two LANs carries: of those that are alive on both and
// say that they carry the same, the one with the lowest identity. Bounded; no clock.
class Election {
public:
    static constexpr std::size_t kRelaysMax = 64;  // (relay, interface) pairs; more are not heard
    static constexpr std::size_t kLinksMax = 32;   // named in a hello
    static constexpr std::size_t kKeysMax = 64;
    static constexpr Duration kHelloInterval = std::chrono::milliseconds(200);
    static constexpr Duration kSilenceMax = std::chrono::milliseconds(650);

    explicit Election(PeerId self) : self_(self) { heard_.reserve(kRelaysMax); }

    // True if that changes who carries something.
    bool on_hello(Instant now, InterfaceIndex interface, const Hello& hello);
    bool on_bye(PeerId relay);
    // Forgets relays that were not heard for kSilenceMax; true if there were some.
    bool on_deadline(Instant now);
    [[nodiscard]] Instant deadline() const;

    // Whether this relay carries `key` from one interface to the other.
    [[nodiscard]] bool carries(InterfaceIndex from, InterfaceIndex to, std::uint64_t key) const;
    // The relay that carries it instead; 0: this one.
    [[nodiscard]] PeerId elected(InterfaceIndex from, InterfaceIndex to, std::uint64_t key) const;
    [[nodiscard]] bool is_alive(PeerId relay) const;
    // Relays that are alive on this interface.
    [[nodiscard]] std::size_t count(InterfaceIndex interface) const;

private:
    struct Heard {
        PeerId relay;
        InterfaceIndex interface;
        std::uint32_t link = 0;
        Instant at{};
        std::array<std::uint32_t, kLinksMax> forwards_to{};
        std::array<std::uint64_t, kKeysMax> keys{};
        std::uint8_t forwards_count = 0;
        std::uint8_t key_count = 0;

        [[nodiscard]] bool forwards(std::uint32_t to) const;
        [[nodiscard]] bool has(std::uint64_t key) const;
    };
    [[nodiscard]] const Heard* find(PeerId relay, InterfaceIndex interface) const;

    PeerId self_;
    std::vector<Heard> heard_;
};

}  // namespace mcast::relay
