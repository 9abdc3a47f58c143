#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "mcast/interface.hpp"
#include "mcast/peer.hpp"
#include "mcast/time.hpp"

namespace mcast::relay {

// What another relay says on one of our interfaces; see RelayHello in schemas/control.capnp.
struct Hello {
    PeerId relay;
    std::uint32_t link = 0;               // the relay's own number of the link
    std::span<const std::uint64_t> keys;  // what it carries from there, see toward()
};

// Which of several relays between the same two LANs carries: of those that are alive on both and
// say that they carry the same, the one with the lowest identity. Bounded; no clock.
class Election {
public:
    static constexpr std::size_t kRelaysMax = 64;  // (relay, interface) pairs; more are not heard
    static constexpr std::size_t kKeysMax = 128;
    static constexpr Duration kHelloInterval = std::chrono::milliseconds(200);
    static constexpr Duration kSilenceMax = std::chrono::milliseconds(650);

    explicit Election(PeerId self) : self_(self) { heard_.reserve(kRelaysMax); }

    // A relay as it was heard on one of our interfaces.
    struct Presence {
        PeerId relay;
        InterfaceIndex interface;
    };
    // How a hello says that `key` is carried from its link to another link of the same relay.
    [[nodiscard]] static std::uint64_t toward(std::uint64_t key, std::uint32_t link) {
        return split_mix(key + link * kSplitMixStep);
    }

    // True if that changes who carries something.
    bool on_hello(Instant now, InterfaceIndex interface, const Hello& hello);
    // Forgets a relay, or those that were not heard for kSilenceMax; where they were.
    std::vector<Presence> on_bye(PeerId relay);
    std::vector<Presence> on_deadline(Instant now);
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
        std::array<std::uint64_t, kKeysMax> keys{};
        std::uint8_t key_count = 0;

        [[nodiscard]] bool has(std::uint64_t key) const;
    };
    template <typename IsGone>
    std::vector<Presence> forget(IsGone&& is_gone);
    [[nodiscard]] const Heard* find(PeerId relay, InterfaceIndex interface) const;

    PeerId self_;
    std::vector<Heard> heard_;
};

}  // namespace mcast::relay
