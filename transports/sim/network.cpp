#include "transports/sim/network.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "mcast/assert.hpp"

namespace mcast::sim {

namespace {

constexpr std::uint64_t kCorruptBytesMax = 4;

// Never gives back the original: each place is changed once, and to another value.
ParcelHandle corrupted(ParcelStore& parcels, Random& random, const Parcel& original) {
    ParcelHandle copy = parcels.take();
    copy->bytes.assign(original.bytes.begin(), original.bytes.end());
    copy->source = original.source;
    copy->destination = original.destination;
    copy->way = original.way;
    copy->network = original.network;
    const std::uint64_t count = random.between(1, kCorruptBytesMax);
    std::array<std::uint64_t, kCorruptBytesMax> places{};
    for (std::size_t i = 0; i < count && !copy->bytes.empty(); ++i) {
        const std::uint64_t place = random.below(copy->bytes.size());
        const auto change = static_cast<std::byte>(random.between(1, 255));
        const auto used = places.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::find(places.begin(), used, place) == used) copy->bytes[place] ^= change;
        places[i] = place;
    }
    return copy;
}

}  // namespace

void Network::unplug(Plug plug) {
    std::erase_if(plugs_, [plug](const Plug& other) {
        return other.machine == plug.machine && other.interface == plug.interface;
    });
}

void Network::filter(bool broadcast) {
    filters_multicast_ = true;
    filters_broadcast_ = broadcast;
}

void Network::heal() {
    faults_ = Faults{};
    faults_.delay = Duration{};
    filters_multicast_ = filters_broadcast_ = false;
    for (Plug& plug : plugs_)
        plug.burst_left = 0;
}

void Network::carry(const Fate& fate, const ParcelHandle& parcel, Plug& to) const {
    // Nothing is drawn where there are none: seeds keep their meaning.
    if (to.burst_left == 0 && faults_.burst > 0 && fate.random.chance(faults_.burst))
        to.burst_left = static_cast<std::uint32_t>(
            fate.random.between(1, std::max<std::uint32_t>(faults_.burst_length, 1)));
    if (to.burst_left > 0) {
        --to.burst_left;
        ++fate.counters.lost;
        return;
    }
    if (fate.random.chance(faults_.loss)) {
        ++fate.counters.lost;
        return;
    }
    carry_copy(fate, parcel, to);
    if (fate.random.chance(faults_.duplicate)) {
        ++fate.counters.duplicated;
        carry_copy(fate, parcel, to);
    }
}

void Network::carry_copy(const Fate& fate, ParcelHandle parcel, Plug to) const {
    Duration delay = faults_.delay + fate.random.duration(Duration{}, faults_.jitter);
    if (fate.random.chance(faults_.reorder)) {
        ++fate.counters.reordered;
        delay += fate.random.duration(Duration{}, faults_.reorder_delay);
    }
    if (fate.random.chance(faults_.corrupt)) {
        ++fate.counters.corrupted;
        parcel = corrupted(fate.parcels, fate.random, *parcel);
    }
    fate.arrivals.push(fate.now + delay, std::move(parcel), to.machine, to.interface);
}

std::uint32_t Network::take_host_number() {
    // 10.x.255.255 is the broadcast address.
    MCAST_ASSERT(host_count_ < 0xfffe, "a simulated network gives out 65534 addresses");
    return ++host_count_;
}

Address Network::address(Family family, std::uint32_t host_number) const {
    const auto network = static_cast<std::uint8_t>(number_ + 1);
    const auto high = static_cast<std::uint8_t>(host_number >> 8);
    const auto low = static_cast<std::uint8_t>(host_number);
    if (family == Family::Ipv4) return Address::ipv4(10, network, high, low);
    return Address::ipv6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, network, high, low});
}

Address Network::directed_broadcast() const {
    return address(Family::Ipv4, 0xffff);
}

}  // namespace mcast::sim
