#include "tools/mcast/value.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tools/mcast/schema.hpp"

namespace mcast::cli {
namespace {

class ValueTest : public testing::Test {
protected:
    ValueTest() : schema_(Schema::load(MCAST_TEST_SCHEMAS "/game.capnp:Input")) {}

    [[nodiscard]] ValueCodec codec() const { return ValueCodec(schema_->root()); }
    [[nodiscard]] std::string text_of(std::string_view value) const {
        const auto frame = codec().parse(value);
        if (!frame) return "error: " + frame.error().what;
        const auto text = codec().text(*frame);
        return text ? *text : "error: " + text.error().what;
    }
    void refused(std::string_view value, const std::string& because) const {
        const auto frame = codec().parse(value);
        ASSERT_FALSE(frame) << value;
        EXPECT_EQ(frame.error().code, ErrorCode::InvalidArgument);
        EXPECT_NE(frame.error().what.find(because), std::string::npos) << frame.error().what;
        EXPECT_EQ(frame.error().what.find("; expected ") == std::string::npos,
                  because.find("; expected ") == std::string::npos)
            << frame.error().what;
    }

    Result<Schema> schema_;
};

TEST_F(ValueTest, TextAndJsonAreTheSame) {
    constexpr const char* kText =
        "(x = 1.5, y = -2, name = \"Grün\", big = 18446744073709551615, mode = run, "
        "list = [1, -2], inner = (a = 7))";
    EXPECT_EQ(text_of(kText), kText);
    EXPECT_EQ(text_of(R"({"x": 1.5, "y": -2, "name": "Grün", "big": "18446744073709551615",
                          "mode": "run", "list": [1, -2], "inner": {"a": 7}})"),
              kText);
}

TEST_F(ValueTest, JsonIsJson) {
    const auto frame = codec().parse("(x = 1, name = \"a\\\"b\")");
    ASSERT_TRUE(frame);
    const auto json = codec().json(*frame);
    ASSERT_TRUE(json);
    EXPECT_EQ(*json, R"({"x":1,"y":0,"name":"a\"b","big":"0","mode":"idle"})");
}

TEST_F(ValueTest, SignsNeedNoSpace) {
    EXPECT_EQ(text_of("(x=-1, name=\"=-\\\"=-\")"),
              "(x = -1, y = 0, name = \"=-\\\"=-\", big = 0, mode = idle)");
}

TEST_F(ValueTest, SaysWhatIsWrongAndWhere) {
    refused("x = 1", "neither Cap'n Proto text");
    refused("", "neither Cap'n Proto text");
    refused("(x = 1, z = 2)", "column 9: Struct has no field named 'z'; Input has x, y, name");
    refused("(y=-1, z = 2)", "column 8: Struct has no field named 'z'");
    refused("(x = 1,", "column 8: Parse error");
    refused("(x = \"a\")", "column 6: Type mismatch; expected Float32");
    refused("(list = [70000])", "out of range");
    refused("(mode = walk)", "neither a field nor an enumerant");
    refused("(x = 1) foo", "Extra tokens");
    refused("{\"z\": 1}", "Unknown field (z); Input has x, y");
    refused("{\"x\": \"a\"}", "valid floating number");
    refused("{\"mode\": \"walk\"}", "invalid enum value (walk)");
    refused("{\"big\": -1}", "out-of-range");
    refused("{", "ends prematurely");
    refused("{\"x\": 1} foo", "Input remains");
}

TEST_F(ValueTest, HostileMessagesAreErrors) {
    auto frame = codec().parse("(name = \"hello\")");
    ASSERT_TRUE(frame);
    // The first pointer of the root, behind table (8), root pointer (8) and the data of Input: two
    // Float32, UInt64 and the enum take three words. It points far away now.
    Frame broken = *frame;
    broken[8 + 8 + 24 + 1] = std::byte{0xff};
    EXPECT_FALSE(codec().text(broken));
    EXPECT_FALSE(codec().json(broken));
    EXPECT_FALSE(codec().text(std::span(*frame).first(8)));
}

TEST_F(ValueTest, TextThatSteersTerminalsIsEscaped) {
    const auto frame = codec().parse("(name = \"\\x1b[2J\")");
    ASSERT_TRUE(frame) << frame.error().what;
    const auto text = codec().text(*frame);
    ASSERT_TRUE(text);
    EXPECT_EQ(text->find('\x1b'), std::string::npos) << *text;
}

TEST(Bytes, AreWhatTheSchemaSays) {
    const auto schema = Schema::load(MCAST_SOURCE_SCHEMAS "/bytes.capnp:Bytes");
    ASSERT_TRUE(schema) << schema.error().what;
    const ValueCodec codec(schema->root());
    const auto json = codec.json(frame_bytes("hi"));
    ASSERT_TRUE(json) << json.error().what;
    EXPECT_EQ(*json, R"({"data":[104,105]})");
    const auto frame = codec.parse("(data = 0x\"6869\")");
    ASSERT_TRUE(frame) << frame.error().what;
    EXPECT_EQ(unframe_bytes(*frame), "hi");
    EXPECT_EQ(*frame, frame_bytes("hi"));
}

TEST(Bytes, OfNothingAndOfNonsense) {
    EXPECT_EQ(unframe_bytes(frame_bytes("")), "");
    EXPECT_EQ(unframe_bytes(frame_bytes(std::string_view("\0\xff", 2))),
              std::string_view("\0\xff", 2));
    Frame broken = frame_bytes("hello");
    broken[17] = std::byte{0xff};
    EXPECT_FALSE(unframe_bytes(broken));
    EXPECT_FALSE(unframe_bytes({}));
}

}  // namespace
}  // namespace mcast::cli
