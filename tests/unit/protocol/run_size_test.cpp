#include "protocol/run_size.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mcast::protocol {
namespace {

TEST(RunSizeTest, FollowsTheLargestOfTheRecentOnes) {
    struct Step {
        std::uint32_t size;
        std::uint32_t filled;
    };
    RunSize run;
    for (const Step& step : std::vector<Step>{{1400, 1400},
                                              {1392, 1400},
                                              {1288, 1400},
                                              {1440, 1440},
                                              {1400, 1440},
                                              {1256, 1440},
                                              {1248, 1248},  // more than an eighth less
                                              {1240, 1248},
                                              {1472, 1472}})
        EXPECT_EQ(run.on_full(step.size, 1472), step.filled);
}

TEST(RunSizeTest, IsNeverMoreThanTheDatagramMayHave) {
    RunSize run;
    EXPECT_EQ(run.on_full(1472, 1472), 1472u);
    EXPECT_EQ(run.on_full(1350, 1400), 1350u) << "the path has become narrower";
    EXPECT_EQ(run.on_full(1300, 1400), 1350u);
}

}  // namespace
}  // namespace mcast::protocol
