#include "tools/mcast/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace mcast::cli {
namespace {

TEST(JsonWriter, PlacesCommas) {
    JsonWriter json;
    json.begin_object().field("a", 1).field("b", "x").key("c").begin_array();
    json.value(true).value(false).null().begin_object().end_object().begin_array().end_array();
    json.end_array().field("d", std::uint64_t{18446744073709551615u}).end_object();
    EXPECT_EQ(json.text(),
              R"({"a":1,"b":"x","c":[true,false,null,{},[]],"d":18446744073709551615})");
}

TEST(JsonWriter, EscapesText) {
    JsonWriter json;
    json.value("\"\\\n\t\x01\x7f\xc2\x9b ü\xff");
    EXPECT_EQ(json.text(), "\"\\\"\\\\\\n\\t\\u0001\\u007f\\u009b ü\xef\xbf\xbd\"");
}

TEST(JsonWriter, WritesNumbers) {
    JsonWriter json;
    json.begin_array().value(1.5).value(-3).value(0.1);
    json.value(std::numeric_limits<double>::infinity()).end_array();
    EXPECT_EQ(json.text(), "[1.5,-3,0.1,null]");
}

TEST(JsonWriter, CleansForeignJson) {
    JsonWriter json;
    json.begin_object().key("v").raw("{\"a\\n\":\"\xff\xc2\x9b\"}").end_object();
    EXPECT_EQ(json.text(), "{\"v\":{\"a\\n\":\"\xef\xbf\xbd\\u009b\"}}");
}

}  // namespace
}  // namespace mcast::cli
