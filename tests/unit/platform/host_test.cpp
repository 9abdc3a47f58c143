#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <string>

#include "base/utf8.hpp"
#include "mcast/topic.hpp"
#include "platform/entropy.hpp"
#include "platform/host_name.hpp"
#include "platform/steady_clock.hpp"

namespace mcast::platform {
namespace {

TEST(SteadyClock, RunsForward) {
    const SteadyClock clock;
    Instant last = clock.now();
    bool moved = false;
    for (int i = 0; i < 100000; ++i) {
        const Instant now = clock.now();
        ASSERT_GE(now, last);
        moved = moved || now > last;
        last = now;
    }
    EXPECT_TRUE(moved);
}

TEST(SteadyClock, ShowsTheTimeOfTheSystem) {
    const SteadyClock clock;
    const auto before = std::chrono::system_clock::now();
    const WallTime shown = clock.wall_now();
    const auto after = std::chrono::system_clock::now();
    EXPECT_LE(before, shown);
    EXPECT_LE(shown, after);
    const auto steady_before = std::chrono::steady_clock::now().time_since_epoch();
    const auto steady = clock.now().time_since_epoch();
    const auto steady_after = std::chrono::steady_clock::now().time_since_epoch();
    EXPECT_LE(steady_before, steady);
    EXPECT_LE(steady, steady_after);
}

TEST(Entropy, NeverRepeats) {
    std::set<std::uint64_t> drawn;
    std::uint64_t ones = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t seed = random_seed();
        EXPECT_TRUE(drawn.insert(seed).second);
        ones |= seed;
    }
    EXPECT_EQ(ones, ~std::uint64_t{0}) << "some bit is never set";
}

TEST(HostName, IsPlainTextWithoutADomain) {
    const std::string name = host_name();
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(is_plain_text(name)) << name;
    EXPECT_EQ(name.find('.'), std::string::npos) << name;
}

TEST(HostName, NodeIsHostAndProcess) {
    EXPECT_EQ(default_node_name(), host_name() + "-" + std::to_string(getpid()));
    EXPECT_LE(default_node_name().size(), kPeerNameMax);
}

}  // namespace
}  // namespace mcast::platform
