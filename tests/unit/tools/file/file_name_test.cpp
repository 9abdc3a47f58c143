#include "tools/mcast/file/file_name.hpp"

#include <gtest/gtest.h>

#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

TEST(SafeFileName, OrdinaryNamesStay) {
    for (const char* name : {"a.bin", "Grüße 2.txt", "image.tar.gz", "_", "x..y"})
        EXPECT_EQ(safe_file_name(name), name);
}

TEST(SafeFileName, NothingLeadsOutOfTheFolder) {
    EXPECT_EQ(safe_file_name("../../etc/passwd"), "_.._.._etc_passwd");
    EXPECT_EQ(safe_file_name("/etc/passwd"), "_etc_passwd");
    EXPECT_EQ(safe_file_name(".."), "_..");
    EXPECT_EQ(safe_file_name("."), "_.");
    EXPECT_EQ(safe_file_name(""), "_");
}

TEST(SafeFileName, NothingIsHiddenOrAnOption) {
    EXPECT_EQ(safe_file_name(".profile"), "_.profile");
    EXPECT_EQ(safe_file_name("-rf"), "_-rf");
}

TEST(SafeFileName, NothingSteersATerminal) {
    const std::string safe = safe_file_name("a\x1b[2J\nb\xff\xc2\x9b");
    EXPECT_EQ(safe, "a_[2J_b__");
    EXPECT_TRUE(is_printable(safe));
}

TEST(SafeFileName, LongOnesAreCutBetweenCharacters) {
    EXPECT_EQ(safe_file_name(std::string(300, 'x')).size(), kFileNameMax);
    EXPECT_LE(safe_file_name("." + std::string(300, 'x')).size(), kFileNameMax);
    std::string wide;
    for (int i = 0; i < 200; ++i)
        wide += "ü";
    EXPECT_TRUE(is_printable(safe_file_name("x" + wide)));
    EXPECT_LE(safe_file_name("x" + wide).size(), kFileNameMax);
}

}  // namespace
}  // namespace mcast::cli
