#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mcastd {

// Where something stands in a text: lines and columns from 1 on, columns in characters. Line 0:
// nowhere.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::uint32_t length = 1;  // characters, on this line

    friend bool operator==(const Position&, const Position&) = default;
};

struct Entry;

// A value of TOML, with where it stands.
struct Value {
    enum class Kind : std::uint8_t { String, Integer, Float, Boolean, Date, Array, Table };

    Kind kind = Kind::String;
    std::string text;  // of a String
    std::int64_t integer = 0;
    bool boolean = false;
    std::vector<Value> items;    // of an Array
    std::vector<Entry> entries;  // of a Table, in the order of the file
    Position at;

    [[nodiscard]] const Entry* find(std::string_view key) const;
};

struct Entry {
    std::string key;
    Position at;  // of the key
    Value value;
};

// What kind of value this is, for messages: "a string", "a whole number", "a table", …
[[nodiscard]] std::string_view describe(Value::Kind kind);

// What is no TOML at all.
struct SyntaxError {
    Position at;
    std::string what;
};

struct Document {
    Value root;                       // a Table
    std::vector<SyntaxError> errors;  // in the order of the file
    // Whether all of the text is in `root` but for the lines that the errors name.
    bool whole = true;
};

// Reads TOML 1.0. A line that cannot be read is left out, so that what is wrong further down is
// found as well; where that would make nonsense of the rest, the root is empty and `whole` false.
[[nodiscard]] Document parse_document(std::string text);

}  // namespace mcastd
