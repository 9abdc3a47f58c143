#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sim/world.hpp"

namespace worlds {
namespace {

struct Seeds {
    std::uint64_t first = 1;
    std::uint64_t last = 1000;
};

Seeds seeds;
WorldKind kind = WorldKind::Everyday;
bool trace = false;
std::string program;

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// "7" or "1-1000".
bool parse_seeds(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = parse_number(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1));
    if (!first || !last || *last < *first) return false;
    seeds = {*first, *last};
    return true;
}

std::string report(std::uint64_t seed, const Model& model) {
    std::string text = "seed " + std::to_string(seed) + ", replay: " + program + " --kind " +
                       to_string(kind) + " --seed " + std::to_string(seed) + " --trace\n";
    for (const std::string& violation : model.violations())
        text += "  " + violation + "\n";
    return text;
}

TEST(Worlds, AreConsistentWhateverHappensAndWholeOnceHealed) {
    std::uint64_t delivered = 0;
    mcast::sim::Counters total;
    for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
        const Plan plan(seed, kind);
        World world(plan, trace);
        world.run();
        EXPECT_TRUE(world.model().violations().empty()) << report(seed, world.model());
        delivered += world.model().delivered_count();
        total.sent += world.counters().sent;
        total.lost += world.counters().lost;
        total.partitioned += world.counters().partitioned;
    }
    std::printf(
        "%s worlds %llu-%llu: %llu messages delivered, %llu datagrams sent, %llu lost, "
        "%llu cut off\n",
        to_string(kind), static_cast<unsigned long long>(seeds.first),
        static_cast<unsigned long long>(seeds.last), static_cast<unsigned long long>(delivered),
        static_cast<unsigned long long>(total.sent), static_cast<unsigned long long>(total.lost),
        static_cast<unsigned long long>(total.partitioned));
    // A single world may have nobody to talk to; many have not.
    if (seeds.last - seeds.first >= 100) {
        EXPECT_GT(delivered, 10000u) << "nothing was shown";
    }
}

TEST(Worlds, AreTheSameForTheSameSeed) {
    for (std::uint64_t seed = seeds.first; seed <= std::min(seeds.last, seeds.first + 9); ++seed) {
        const Plan plan(seed, kind);
        World first(plan);
        first.run();
        World second(plan);
        second.run();
        EXPECT_EQ(first.model().fingerprint(), second.model().fingerprint()) << "seed " << seed;
        EXPECT_EQ(first.counters().sent_bytes, second.counters().sent_bytes) << "seed " << seed;
    }
}

}  // namespace

bool read_arguments(int count, char** arguments) {
    program = arguments[0];
    if (const char* text = std::getenv("MCAST_SIM_SEEDS")) {
        if (!parse_seeds(text)) return false;
    }
    for (int i = 1; i < count; ++i) {
        const std::string_view argument = arguments[i];
        if (argument == "--trace") {
            trace = true;
        } else if (argument == "--kind" && i + 1 < count) {
            const std::string_view name = arguments[++i];
            if (name != "everyday" && name != "reliable") return false;
            kind = name == "reliable" ? WorldKind::Reliable : WorldKind::Everyday;
        } else if (argument == "--seed" && i + 1 < count) {
            if (!parse_seeds(arguments[++i])) return false;
        } else {
            return false;
        }
    }
    return true;
}

}  // namespace worlds

int main(int count, char** arguments) {
    ::testing::InitGoogleTest(&count, arguments);
    if (!worlds::read_arguments(count, arguments)) {
        std::fprintf(
            stderr,
            "usage: %s [--kind everyday|reliable] [--seed N | --seed FIRST-LAST] [--trace]\n"
            "       (or MCAST_SIM_SEEDS=N or FIRST-LAST in the environment)\n",
            arguments[0]);
        return 2;
    }
    return RUN_ALL_TESTS();
}
