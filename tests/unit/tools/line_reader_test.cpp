#include "tools/mcast/line_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace mcast::cli {
namespace {

class LineReaderTest : public testing::Test {
protected:
    LineReaderTest() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~LineReaderTest() override {
        ::close(ends_[0]);
        close_writer();
    }
    void write(std::string_view text) {
        ASSERT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void close_writer() {
        if (ends_[1] >= 0) ::close(ends_[1]);
        ends_[1] = -1;
    }

    std::array<int, 2> ends_{-1, -1};
};

TEST_F(LineReaderTest, GivesLinesAsTheyArriveInFull) {
    LineReader lines(ends_[0]);
    EXPECT_FALSE(lines.next());
    write("one\ntw");
    lines.read_some();
    EXPECT_EQ(lines.next(), "one");
    EXPECT_FALSE(lines.next());
    EXPECT_FALSE(lines.ended());
    write("o\n\nlast");
    lines.read_some();
    EXPECT_EQ(lines.next(), "two");
    EXPECT_EQ(lines.next(), "");
    EXPECT_FALSE(lines.next());
    close_writer();
    lines.read_some();
    EXPECT_FALSE(lines.ended());
    EXPECT_EQ(lines.next(), "last");
    EXPECT_EQ(lines.number(), 4u);
    EXPECT_FALSE(lines.next());
    EXPECT_TRUE(lines.ended());
}

TEST_F(LineReaderTest, AnEndWithoutLinesIsTheEnd) {
    LineReader lines(ends_[0]);
    close_writer();
    lines.read_some();
    EXPECT_FALSE(lines.next());
    EXPECT_TRUE(lines.ended());
}

}  // namespace
}  // namespace mcast::cli
