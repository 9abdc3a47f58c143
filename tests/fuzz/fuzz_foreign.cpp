// A relay of foreign groups between three LANs, whatever is on them and in whatever order, beside a
// second one that knows nothing of it.

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "mcast/assert.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/relay/foreign_world.hpp"

using namespace mcast;
using namespace mcast::relay;
using fuzz::Input;

namespace {

constexpr std::size_t kLans = 3;
constexpr std::size_t kLeases = 4;  // of RelayHost

ForeignRoute route(Input& input) {
    const std::uint8_t choices = input.byte();
    ForeignRoute made = both_ways((choices & 1) != 0 ? kSsdp : kArtnet);
    made.both = (choices & 2) != 0;
    made.keep_source = (choices & 4) != 0;
    if ((choices & 8) != 0) made.ttl = static_cast<std::uint8_t>(1 + input.byte() % 255);
    if ((choices & 16) != 0) made.replies = {};
    if ((choices & 32) != 0) made.rate = input.byte() % 20;
    return made;
}

std::vector<ForeignRoute> routes(Input& input) {
    std::vector<ForeignRoute> made;
    for (std::size_t count = input.byte() % 4u; count > 0; --count)
        made.push_back(route(input));
    return made;
}

void put(World& world, Input& input) {
    const std::uint8_t choices = input.byte();
    const auto lan = static_cast<std::uint8_t>(choices % kLans);
    PlainPacket packet;
    packet.source = {Address::ipv4(10, lan, 0, static_cast<std::uint8_t>(input.byte() % 4)),
                     static_cast<std::uint16_t>(1 + input.number())};
    // Sometimes a relay's own address, or what it sent.
    if ((choices & 64) != 0) packet.source.address = Address::ipv4(10, lan, 0, 200);
    switch (choices >> 2 & 3) {
        case 0:
            packet.destination = kSsdp;
            break;
        case 1:
            packet.destination = kArtnet;
            break;
        case 2:
            packet.destination = {Address::ipv4(10, lan, 255, 255), kArtnet.port};
            break;
        default:
            packet.destination = {Address::ipv4(10, lan, 0, 200),
                                  static_cast<std::uint16_t>(40000 + input.byte())};
    }
    packet.ttl = input.byte();
    const auto bytes = input.take(input.byte() % 8);
    packet.payload.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if ((choices & 128) != 0 && !world.lans[lan].seen.empty()) packet = world.lans[lan].seen.back();
    // Bounds what all of them together may say: each once, to each LAN, whatever comes back; of
    // answers that are sent in a circle with forged sources as often as its TTL lets it.
    const bool answer = packet.destination.address.bytes()[3] == 200;
    const std::size_t most = answer ? 255 : world.relays.size() * kLans;
    std::size_t before = 0;
    std::size_t after = 0;
    for (const auto& each : world.lans)
        before += each.seen.size();
    world.lans[lan].put(packet);
    MCAST_ASSERT(world.settle(), "what one datagram stirs up comes to an end");
    for (const auto& each : world.lans)
        after += each.seen.size();
    MCAST_ASSERT(after - before <= 1 + most, "each relay says a thing once on each LAN, at most");
}

void check(const RelayHost& host) {
    const ForeignTotals totals = host.relay->totals();
    MCAST_ASSERT(totals.ports_lent <= kLeases, "ports are bounded");
    // A listener or speaker for each interface, destination and family, and leases.
    MCAST_ASSERT(host.machine.open_sockets() <= kLans * 3 + kLeases, "sockets are bounded");
    for (const ForeignStatus& status : host.relay->status()) {
        ForeignCounters sum;
        for (const ForeignDirection& way : status.directions) {
            MCAST_ASSERT(way.from != way.to, "nothing goes back by itself");
            sum += way.counters;
        }
        MCAST_ASSERT(sum.received() <= status.total.received(), "totals hold all directions");
    }
}

void disturb(World& world, Input& input) {
    RelayHost& host = *world.relays[input.byte() % world.relays.size()];
    switch (input.byte() % 5) {
        case 0:
            host.relay->set_routes(routes(input));
            break;
        case 1: {
            std::vector<Interface> some = host.machine.interfaces();
            const std::uint8_t which = input.byte();
            std::erase_if(
                some, [&](const Interface& one) { return (which >> one.index.value & 1) != 0; });
            if (!some.empty() && (which & 1) != 0) some.front().addresses.clear();
            host.relay->on_interfaces(some);
            break;
        }
        case 2:
            host.machine.send_error = (input.byte() & 1) != 0 ? ENETDOWN : 0;
            break;
        case 3:
            host.machine.listen_fault = (input.byte() & 1) != 0 ? "not now" : "";
            break;
        default:
            host.machine.able.keeps_source = (input.byte() & 1) != 0;
            break;
    }
    check(host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(std::span(data, size));
    World world(kLans);
    for (int i = 0; i < 2; ++i)
        world.add(routes(input));
    while (!input.empty()) {
        const std::uint8_t step = input.byte();
        if (step < 160) {
            put(world, input);
        } else if (step < 220) {
            world.now += std::chrono::milliseconds(1 + (step - 160) * 50);
        } else {
            disturb(world, input);
        }
    }
    for (const auto& host : world.relays)
        check(*host);
    return 0;
}
