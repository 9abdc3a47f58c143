#include "tools/mcast/schema.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mcast::cli {
namespace {

const std::string kGame = MCAST_TEST_SCHEMAS "/game.capnp";

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Schema, LoadsAStruct) {
    const auto schema = Schema::load(kGame + ":Input");
    ASSERT_TRUE(schema) << schema.error().what;
    EXPECT_EQ(schema->name(), "Input");
    EXPECT_NE(schema->type_id(), 0u);
    EXPECT_EQ(schema->root().getFields().size(), 8u);
}

TEST(Schema, LoadsANestedStruct) {
    const auto schema = Schema::load(kGame + ":Input.Inner");
    ASSERT_TRUE(schema) << schema.error().what;
    EXPECT_EQ(schema->root().getFields().size(), 1u);
}

TEST(Schema, FollowsImports) {
    const auto schema = Schema::load(MCAST_SOURCE_SCHEMAS "/bytes.capnp:Bytes");
    ASSERT_TRUE(schema) << schema.error().what;
    EXPECT_EQ(schema->type_id(), 0xd3b6d1a7f0c5e921u);
}

TEST(Schema, AFileWithOneStructNeedsNoName) {
    const auto schema = Schema::load(MCAST_SOURCE_SCHEMAS "/bytes.capnp");
    ASSERT_TRUE(schema) << schema.error().what;
    EXPECT_EQ(schema->name(), "Bytes");
}

TEST(Schema, SaysWhatIsThere) {
    const auto schema = Schema::load(kGame);
    ASSERT_FALSE(schema);
    EXPECT_EQ(schema.error().code, ErrorCode::InvalidArgument);
    EXPECT_TRUE(has(schema.error().what, "Input, Input.Inner, World")) << schema.error().what;
}

TEST(Schema, SuggestsTheClosest) {
    const auto schema = Schema::load(kGame + ":Imput");
    ASSERT_FALSE(schema);
    EXPECT_TRUE(has(schema.error().what, "no struct 'Imput'; did you mean 'Input'?"))
        << schema.error().what;
}

TEST(Schema, SaysWhyAFileCannotBeRead) {
    const auto missing = Schema::load(MCAST_TEST_SCHEMAS "/none.capnp:Input");
    ASSERT_FALSE(missing);
    EXPECT_TRUE(has(missing.error().what, "No such file or directory")) << missing.error().what;
    const auto folder = Schema::load(MCAST_TEST_SCHEMAS ":Input");
    ASSERT_FALSE(folder);
    EXPECT_TRUE(has(folder.error().what, "is a directory")) << folder.error().what;
}

TEST(Schema, SaysWhereAFileIsWrong) {
    const auto broken = Schema::load(MCAST_TEST_SCHEMAS "/broken.capnp:Input");
    ASSERT_FALSE(broken);
    EXPECT_TRUE(has(broken.error().what, "broken.capnp', line 4")) << broken.error().what;
    EXPECT_TRUE(has(broken.error().what, "Flot32")) << broken.error().what;
    const auto text = Schema::load(MCAST_TEST_SCHEMAS "/schema_test.cpp:Input");
    ASSERT_FALSE(text);
    EXPECT_TRUE(has(text.error().what, "line ")) << text.error().what;
}

}  // namespace
}  // namespace mcast::cli
