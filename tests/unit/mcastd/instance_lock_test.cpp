#include "tools/mcastd/instance_lock.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "tests/unit/mcastd/temporary_directory.hpp"

namespace mcastd {
namespace {

TEST(InstanceLockTest, ASecondOneIsRefusedAndNamesTheFirst) {
    const TemporaryDirectory place;
    const std::string path = place / "lock";
    EXPECT_FALSE(is_locked(path));
    auto first = InstanceLock::take(path, "/etc/a.toml");
    ASSERT_TRUE(first) << first.error().what;
    EXPECT_TRUE(is_locked(path));
    const auto second = InstanceLock::take(path, "/etc/b.toml");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, mcast::ErrorCode::AddressInUse);
    for (const std::string& part :
         {std::to_string(::getpid()), std::string("since 2"), std::string("/etc/a.toml")})
        EXPECT_NE(second.error().what.find(part), std::string::npos) << second.error().what;
}

TEST(InstanceLockTest, ItEndsWithItsHolder) {
    const TemporaryDirectory place;
    const std::string path = place / "lock";
    {
        auto first = InstanceLock::take(path, "");
        ASSERT_TRUE(first);
    }
    EXPECT_FALSE(is_locked(path));
    EXPECT_TRUE(InstanceLock::take(path, ""));
}

TEST(InstanceLockTest, AskingTakesNothing) {
    const TemporaryDirectory place;
    ASSERT_TRUE(InstanceLock::take(place / "lock", ""));
    EXPECT_FALSE(is_locked(place / "lock"));
    EXPECT_FALSE(is_locked(place / "none"));
}

TEST(InstanceLockTest, APlaceThatIsNotThereIsNamed) {
    const auto lock = InstanceLock::take("/proc/none/lock", "");
    ASSERT_FALSE(lock);
    EXPECT_NE(lock.error().what.find("/proc/none/lock"), std::string::npos);
}

}  // namespace
}  // namespace mcastd
