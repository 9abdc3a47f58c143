// Neighbours looked for, heard of and heard from, at times that the input chooses.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mcast/assert.hpp"
#include "tests/fuzz/link_input.hpp"
#include "transports/dpdk/neighbours.hpp"

using namespace mcast;
using namespace mcast::dpdk;

namespace {

constexpr std::size_t kCapacity = 6;
const Station kUs{{{0x02, 0, 0, 0, 0, 0x01}}};
const MacAddress kFixed{{0x02, 0, 0, 0, 0, 0x99}};

class Run {
public:
    Run() : neighbours_(kUs, kCapacity), frame_(kControlFrameMin) {
        std::array<InterfaceAddress, 2> own;
        own[0].address = fuzz::host(Family::Ipv4, 1);
        own[0].prefix_length = 24;
        own[1].address = fuzz::host(Family::Ipv6, 1);
        own[1].prefix_length = 64;
        neighbours_.set_addresses(now_, own);
        neighbours_.set_gateway(fuzz::host(Family::Ipv4, 254));
        MCAST_ASSERT(neighbours_.add_static(now_, fuzz::host(Family::Ipv4, 99), kFixed), "room");
    }

    void step(fuzz::Input& input) {
        const std::uint8_t what = input.byte();
        const Family family = (what & 2) != 0 ? Family::Ipv6 : Family::Ipv4;
        switch (what >> 5) {
            case 0:
                now_ += std::chrono::milliseconds(1) * (1 << (what & 31) % 18);
                break;
            case 1:
                look_up(fuzz::host(family, input.byte()));
                break;
            case 2:
                look_up(Address::ipv4(192, 0, 2, input.byte()));
                break;
            case 3:
                neighbours_.learn(now_, fuzz::host(family, input.byte()),
                                  {{0x02, 0, 0, 0, 0, input.byte()}});
                break;
            case 4:
                neighbours_.on_link(now_, (what & 4) != 0);
                up_ = (what & 4) != 0;
                break;
            case 5:
                hear(arp(input));
                break;
            default:
                hear(fuzz::control_frame(input, Family::Ipv6, kProtocolIcmpv6));
                break;
        }
        if ((what & 1) != 0) write_all();
    }

private:
    static std::vector<std::byte> arp(fuzz::Input& input) {
        std::vector<std::byte> frame(kEthernetSize + kArpSize);
        write_ethernet(frame.data(), {{{0x02, 0, 0, 0, 0, 0x02}}}, kBroadcastMac, kEtherTypeArp);
        // Ethernet and IPv4, a request or a reply; the rest is the input's.
        const std::array<std::uint8_t, 7> fixed{0, 1, 8, 0, 6, 4, 0};
        std::byte* packet = frame.data() + kEthernetSize;
        std::transform(fixed.begin(), fixed.end(), packet,
                       [](std::uint8_t b) { return std::byte{b}; });
        const auto rest = input.take(kArpSize - fixed.size());
        std::copy(rest.begin(), rest.end(), packet + fixed.size());
        return frame;
    }

    void hear(const std::vector<std::byte>& bytes) {
        neighbours_.on_frame(now_, parse_frame(bytes, {}));
    }

    void look_up(const Address& address) {
        const Lookup found = neighbours_.lookup(now_, address);
        MCAST_ASSERT((found.outcome == Lookup::Outcome::Known) == !found.mac.is_zero(),
                     "who is known has a MAC");
        MCAST_ASSERT(!found.mac.is_group(), "and it is a station's");
    }

    void write_all() {
        std::size_t frames = 0;
        while (const std::size_t size = neighbours_.write_due(now_, frame_)) {
            MCAST_ASSERT(size <= frame_.size() && ++frames <= kAnswersMax + 2 + kCapacity,
                         "frames are bounded, in size and in number");
            MCAST_ASSERT(up_, "nothing is sent while the link is down");
            const ParsedFrame parsed = parse_frame(std::span(frame_).first(size), {});
            const NeighbourMessage message = read_neighbour_message(parsed);
            MCAST_ASSERT(message.kind != NeighbourMessage::Kind::Other && message.mac == kUs.mac,
                         "what we write says where we are");
        }
        MCAST_ASSERT(neighbours_.deadline() > now_, "what was due is done");
        MCAST_ASSERT(neighbours_.size() <= kCapacity, "there is room for so many");
        MCAST_ASSERT(neighbours_.lookup(now_, fuzz::host(Family::Ipv4, 99)).mac == kFixed,
                     "what was set stays");
    }

    Neighbours neighbours_;
    Instant now_{std::chrono::hours(1)};
    bool up_ = true;
    std::vector<std::byte> frame_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(std::span(data, size));
    Run run;
    while (!input.empty())
        run.step(input);
    return 0;
}
