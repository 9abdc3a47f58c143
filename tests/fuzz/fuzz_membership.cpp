// Groups joined and left, and queries and reports heard, at times that the input chooses.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "mcast/assert.hpp"
#include "tests/fuzz/link_input.hpp"
#include "transports/dpdk/group_membership.hpp"
#include "transports/dpdk/membership_report.hpp"

using namespace mcast;
using namespace mcast::dpdk;

namespace {

constexpr std::size_t kGroupMax = 24;

class Run {
public:
    explicit Run(Family family, MembershipVersion newest)
        : family_(family),
          membership_({{{0x02, 0, 0, 0, 0, 0x01}}},
                      {.family = family, .group_max = kGroupMax, .newest = newest}),
          frame_(kControlFrameMin) {
        membership_.set_source(fuzz::host(family, 1));
    }

    void step(fuzz::Input& input) {
        const std::uint8_t what = input.byte();
        switch (what >> 5) {
            case 0:
                now_ += std::chrono::milliseconds(1) * (1 << (what & 31) % 20);
                break;
            case 1: {
                const std::uint8_t n = input.byte();
                for (std::uint8_t i = 0; i <= (what & 31); ++i)
                    join(static_cast<std::uint8_t>(n + i));
                break;
            }
            case 2:
                leave(input.byte());
                break;
            case 3:
                membership_.on_link(now_, (what & 1) != 0);
                up_ = (what & 1) != 0;
                break;
            default:
                hear(input);
                break;
        }
        if ((what & 1) != 0) write_all();
    }

    void finish() {
        up_ = true;
        membership_.on_link(now_, true);
        for (int i = 0; i < 8 && membership_.deadline() != kNever; ++i) {
            now_ = std::max(now_, membership_.deadline());
            write_all();
        }
        for (unsigned n = 0; n < users_.size(); ++n)
            while (users_[n] > 0)
                leave(static_cast<std::uint8_t>(n));
        while (membership_.deadline() != kNever) {
            now_ = std::max(now_, membership_.deadline());
            write_all();
        }
        MCAST_ASSERT(membership_.group_count() == 0, "what was left is gone in the end");
    }

private:
    void join(std::uint8_t n) {
        if (membership_.join(now_, fuzz::group(family_, n))) ++users_[n];
    }
    void leave(std::uint8_t n) {
        membership_.leave(now_, fuzz::group(family_, n));
        if (users_[n] > 0) --users_[n];
    }

    void hear(fuzz::Input& input) {
        const auto bytes = fuzz::control_frame(
            input, family_, family_ == Family::Ipv4 ? kProtocolIgmp : kProtocolIcmpv6);
        membership_.on_frame(now_, parse_frame(bytes, {}), random_);
    }

    // Every group is reported for once at most for what it changed and once for what was asked.
    void write_all() {
        std::size_t frames = 0;
        while (const std::size_t size = membership_.write_due(now_, frame_, random_)) {
            MCAST_ASSERT(size <= frame_.size() && ++frames <= 2 * kGroupMax,
                         "frames are bounded, in size and in number");
            MCAST_ASSERT(up_, "nothing is sent while the link is down");
            const ParsedFrame parsed = parse_frame(std::span(frame_).first(size), {});
            MCAST_ASSERT(parsed && parsed.router_alert && parsed.hop_limit == 1,
                         "what we write can be read");
        }
        MCAST_ASSERT(membership_.deadline() > now_, "what was due is done");
        MCAST_ASSERT(membership_.group_count() <= kGroupMax, "there is room for so many");
    }

    Family family_;
    GroupMembership membership_;
    Random random_{1};
    Instant now_{std::chrono::hours(1)};
    bool up_ = true;
    std::array<std::uint32_t, 256> users_{};
    std::vector<std::byte> frame_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(std::span(data, size));
    const std::uint8_t choices = input.byte();
    Run run((choices & 1) != 0 ? Family::Ipv6 : Family::Ipv4,
            (choices & 2) != 0 ? MembershipVersion::Two : MembershipVersion::Three);
    while (!input.empty())
        run.step(input);
    run.finish();
    return 0;
}
