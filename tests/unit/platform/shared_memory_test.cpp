#include "platform/shared_memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace mcast::platform {
namespace {

constexpr std::size_t kSize = 10'000;

TEST(SharedMemory, IsWhatAnEarlierRunLeft) {
    FileDescriptor kept;
    {
        auto memory = SharedMemory::open(kSize);
        ASSERT_TRUE(memory) << memory.error().what;
        ASSERT_EQ(memory->bytes().size(), kSize);
        EXPECT_EQ(memory->bytes()[kSize - 1], std::byte{0});
        memory->bytes()[kSize - 1] = std::byte{42};
        kept = FileDescriptor(::dup(memory->fd()));
    }
    auto again = SharedMemory::open(kSize, std::move(kept));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->bytes()[kSize - 1], std::byte{42});
}

TEST(SharedMemory, AnotherFileIsNotMapped) {
    auto larger = SharedMemory::open(2 * kSize);
    ASSERT_TRUE(larger);
    larger->bytes()[0] = std::byte{42};
    auto memory = SharedMemory::open(kSize, FileDescriptor(::dup(larger->fd())));
    ASSERT_TRUE(memory);
    EXPECT_EQ(memory->bytes()[0], std::byte{0});
    // Whoever could cut the file short could end this process by SIGBUS.
    FileDescriptor unsealed(::memfd_create("unsealed", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(unsealed.get(), kSize), 0);
    const int number = unsealed.get();
    auto sealed = SharedMemory::open(kSize, std::move(unsealed));
    ASSERT_TRUE(sealed);
    EXPECT_NE(sealed->fd(), number);
}

}  // namespace
}  // namespace mcast::platform
