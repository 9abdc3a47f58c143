#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "base/flat_map.hpp"
#include "mcast/peer.hpp"
#include "mcast/time.hpp"
#include "mcast/transport.hpp"

namespace mcast::relay {

// The newest announcements of all peers, and hellos of all relays, each as it came on each of its
// ways, in memory that may outlive the process: a relay that is started again, or was killed, knows
// at once whom it carried for and who else does. Bounded: beyond kEntries the one that was noted
// first makes room.
class AnnouncementBook {
public:
    static constexpr std::size_t kEntries = 2048;
    static constexpr std::size_t kEntrySize = 1536;  // bytes; announcements fit a frame of Ethernet
    static constexpr std::size_t kSize = (kEntries + 1) * kEntrySize;  // of the memory
    static constexpr Duration kAgeMax = std::chrono::seconds(10);      // older ones are forgotten

    // Goes on with what an earlier run noted there; what is not by this version is emptied. The
    // memory, of kSize bytes at 8-byte alignment, must outlive it.
    explicit AnnouncementBook(std::span<std::byte> memory);

    static constexpr std::uint16_t kHello = 0xffff;  // the part of a hello

    // One that was heard, from `origin`; `part` as it says (wire::Announcement).
    void note(Instant now, PeerId origin, std::uint16_t part, const Datagram& datagram);
    void forget(PeerId origin);
    // Those not older than kAgeMax: the bytes that came, and all but the buffer of `datagram`.
    void recall(Instant now,
                const std::function<void(std::span<const std::byte> bytes, Datagram& datagram)>&
                    handler) const;
    [[nodiscard]] std::size_t size() const { return places_.size(); }

private:
    struct Head;
    struct Entry;
    struct Key {
        std::uint64_t origin = 0;
        std::uint32_t interface = 0;
        std::uint16_t part = 0;
        std::uint8_t way = 0;
        std::uint8_t family = 0;

        friend bool operator==(const Key&, const Key&) = default;
    };
    struct KeyHash {
        std::uint64_t operator()(const Key& key) const;
    };
    static Key key_of(const Entry& entry);
    [[nodiscard]] Head& head() const;
    [[nodiscard]] Entry& entry(std::size_t place) const;
    [[nodiscard]] std::uint32_t place_for(const Key& key);

    std::byte* memory_;
    FlatMap<Key, std::uint32_t, KeyHash> places_;
    std::size_t next_ = 0;
};

}  // namespace mcast::relay
