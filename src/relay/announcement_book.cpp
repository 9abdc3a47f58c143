#include "relay/announcement_book.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>

#include "base/random.hpp"
#include "mcast/assert.hpp"

namespace mcast::relay {

// Memory that was never written stays untouched: it takes none.
struct AnnouncementBook::Head {
    static constexpr std::uint64_t kMagic = 0x6d63'6173'7462'0001;  // changes with Entry

    std::uint64_t magic;
    std::uint64_t used;  // entries from the first that were ever written
};

struct AnnouncementBook::Entry {
    static constexpr std::size_t kRoom = kEntrySize - 64;

    std::uint64_t origin;  // 0: none; written last, since the process may be killed at any time
    std::int64_t noted_at;
    std::uint32_t interface;
    std::uint16_t part;
    std::uint16_t size;
    std::uint8_t way;
    std::uint8_t family;
    std::uint16_t port;
    std::uint8_t address[16];
    std::uint8_t unused[20];
    std::byte bytes[kRoom];
};

namespace {

void set_origin(std::uint64_t& origin, std::uint64_t value) {
    std::atomic_ref(origin).store(value);
}

}  // namespace

std::uint64_t AnnouncementBook::KeyHash::operator()(const Key& key) const {
    return split_mix(key.origin ^
                     split_mix(std::uint64_t{key.interface} << 32 | std::uint64_t{key.part} << 16 |
                               std::uint64_t{key.way} << 8 | key.family));
}

AnnouncementBook::Key AnnouncementBook::key_of(const Entry& entry) {
    return {entry.origin, entry.interface, entry.part, entry.way, entry.family};
}

AnnouncementBook::AnnouncementBook(std::span<std::byte> memory)
    : memory_(memory.data()), places_(kEntries) {
    static_assert(sizeof(Entry) == kEntrySize && sizeof(Head) <= kEntrySize);
    MCAST_ASSERT(memory.size() == kSize, "memory of an AnnouncementBook has its size");
    if (head().magic != Head::kMagic || head().used > kEntries) {
        if (head().magic != 0) std::fill(memory.begin(), memory.end(), std::byte{});
        head() = {Head::kMagic, 0};
    }
    for (std::uint32_t place = 0; place < head().used; ++place) {
        Entry& known = entry(place);
        if (known.origin == 0) continue;
        if (known.size > Entry::kRoom || places_.find(key_of(known)) != nullptr)
            set_origin(known.origin, 0);
        else
            places_.insert(key_of(known), place);
    }
    next_ = head().used % kEntries;
}

AnnouncementBook::Head& AnnouncementBook::head() const {
    return *reinterpret_cast<Head*>(memory_);
}

AnnouncementBook::Entry& AnnouncementBook::entry(std::size_t place) const {
    return *reinterpret_cast<Entry*>(memory_ + (place + 1) * kEntrySize);
}

std::uint32_t AnnouncementBook::place_for(const Key& key) {
    if (const std::uint32_t* const known = places_.find(key)) return *known;
    const auto place = static_cast<std::uint32_t>(next_);
    next_ = (next_ + 1) % kEntries;
    if (place >= head().used)
        head().used = place + 1;
    else if (entry(place).origin != 0)
        places_.erase(key_of(entry(place)));
    places_.insert(key, place);
    return place;
}

void AnnouncementBook::note(Instant now, PeerId origin, std::uint16_t part,
                            const Datagram& datagram) {
    const Address& address = datagram.source.address;
    if (datagram.buffer.size() > Entry::kRoom) return;
    const Key key{origin.value, datagram.interface.value, part,
                  static_cast<std::uint8_t>(datagram.way),
                  static_cast<std::uint8_t>(address.family())};
    Entry& noted = entry(place_for(key));
    set_origin(noted.origin, 0);
    noted.noted_at = now.time_since_epoch().count();
    noted.interface = key.interface;
    noted.part = key.part;
    noted.way = key.way;
    noted.family = key.family;
    noted.port = datagram.source.port;
    std::copy(address.bytes().begin(), address.bytes().end(), noted.address);
    noted.size = static_cast<std::uint16_t>(datagram.buffer.size());
    std::memcpy(noted.bytes, datagram.buffer.data(), noted.size);
    set_origin(noted.origin, key.origin);
}

void AnnouncementBook::forget(PeerId origin) {
    for (std::size_t place = 0; place < head().used; ++place) {
        Entry& noted = entry(place);
        if (noted.origin != origin.value) continue;
        places_.erase(key_of(noted));
        set_origin(noted.origin, 0);
    }
}

void AnnouncementBook::recall(Instant now,
                              const std::function<void(std::span<const std::byte> bytes,
                                                       Datagram& datagram)>& handler) const {
    for (std::size_t place = 0; place < head().used; ++place) {
        const Entry& noted = entry(place);
        const Instant at{Duration(noted.noted_at)};
        if (noted.origin == 0 || at > now || at < now - kAgeMax) continue;
        Datagram datagram;
        datagram.interface = {noted.interface};
        datagram.way = static_cast<Way>(
            std::min<std::uint8_t>(noted.way, static_cast<std::uint8_t>(Way::Unicast)));
        std::array<std::uint8_t, 16> address{};
        std::copy(std::begin(noted.address), std::end(noted.address), address.begin());
        datagram.source.address =
            noted.family == static_cast<std::uint8_t>(Family::Ipv6)
                ? Address::ipv6(address)
                : Address::ipv4(address[0], address[1], address[2], address[3]);
        datagram.source.port = noted.port;
        handler(std::span(noted.bytes, noted.size), datagram);
    }
}

}  // namespace mcast::relay
