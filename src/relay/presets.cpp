#include "relay/presets.hpp"

#include <algorithm>
#include <array>

#include "mcast/assert.hpp"

namespace mcast::relay {

namespace {

using std::chrono::seconds;

constexpr std::string_view kOnLink =
    "the protocol is meant to stay on its link (RFC 6762, 11): names of one LAN appear in the "
    "others and may clash there, and a second reflector (avahi's enable-reflector) beside this one "
    "says everything twice";

// Where the address of the sender is where players will connect to, it has to be kept.
constexpr std::array<Preset, 14> kPresets{{
    {.name = "artnet",
     .what = "Art-Net lighting",
     .address = "",
     .port = 6454,
     .keep_source = true},
    {.name = "cube2",
     .what = "Cube 2: Sauerbraten, LAN servers",
     .address = "",
     .port = 28784,
     .replies = seconds(10)},
    {.name = "factorio",
     .what = "Factorio, LAN games",
     .address = "",
     .port = 34197,
     .keep_source = true},
    {.name = "kdeconnect",
     .what = "KDE Connect, GSConnect",
     .address = "",
     .port = 1716,
     .keep_source = true},
    {.name = "lcm",
     .what = "LCM, default group",
     .address = "239.255.76.67",
     .port = 7667,
     // What LCM's URLs ask for on a LAN (ttl=1); with its default of 0 nothing leaves a host.
     .ttl = std::uint8_t{1}},
    {.name = "luanti",
     .what = "Luanti (Minetest) servers that are asked by broadcast",
     .address = "",
     .port = 30000,
     .replies = seconds(10)},
    {.name = "mdns",
     .what = "mDNS and DNS-SD: Chromecast, AirPlay, printers",
     .address = "224.0.0.251",
     .port = 5353,
     // RFC 6762, 11: sent, and long expected, with 255.
     .ttl = std::uint8_t{255},
     .warning = kOnLink},
    {.name = "minecraft",
     .what = "Minecraft Java Edition, games opened to LAN",
     .address = "224.0.2.60",
     .port = 4445,
     .keep_source = true,
     // The game announces with Java's default of 1.
     .ttl = std::uint8_t{1}},
    {.name = "sacn",
     .what = "sACN (E1.31) lighting, universe 1; universe 2 is 239.255.0.2, and so on",
     .address = "239.255.0.1",
     .port = 5568},
    {.name = "source",
     .what = "Source engine games, LAN servers",
     .address = "",
     .port = 27015,
     .keep_source = true},
    {.name = "ssdp",
     .what = "SSDP: UPnP, DLNA, DIAL, Sonos, Hue",
     .address = "239.255.255.250",
     .port = 1900,
     // UPnP lets a device answer within 5 s at most.
     .replies = seconds(30)},
    {.name = "steam",
     .what = "Steam Remote Play and local transfers",
     .address = "",
     .port = 27036,
     .keep_source = true},
    {.name = "warcraft3",
     .what = "Warcraft III, LAN games",
     .address = "",
     .port = 6112,
     .keep_source = true},
    {.name = "wsdiscovery",
     .what = "WS-Discovery: Windows hosts, cameras (ONVIF), scanners",
     .address = "239.255.255.250",
     .port = 3702,
     .replies = seconds(30)},
}};

}  // namespace

Endpoint Preset::destination() const {
    if (address.empty()) return {Address::ipv4(255, 255, 255, 255), port};
    const std::optional<Address> group = Address::parse(address);
    MCAST_ASSERT(group, "a preset names an address");
    return {*group, port};
}

std::span<const Preset> presets() {
    return kPresets;
}

const Preset* find_preset(std::string_view name) {
    const auto* const found =
        std::find_if(kPresets.begin(), kPresets.end(),
                     [&](const Preset& preset) { return preset.name == name; });
    return found == kPresets.end() ? nullptr : found;
}

}  // namespace mcast::relay
