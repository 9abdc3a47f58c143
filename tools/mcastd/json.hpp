#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/result.hpp"

namespace mcastd {

// A JSON value that was parsed (by Cap'n Proto's codec); its numbers are doubles. What is not there
// or is of another kind reads as null, empty, zero or false.
struct Json {
    enum class Kind : std::uint8_t { Null, Truth, Number, Text, Array, Object };

    static mcast::Result<Json> parse(std::string_view text);

    // A member of an object.
    [[nodiscard]] const Json& operator[](std::string_view name) const;
    [[nodiscard]] bool is_null() const { return kind == Kind::Null; }

    Kind kind = Kind::Null;
    bool truth = false;
    double number = 0;
    std::string text;
    std::vector<Json> elements;      // of an array; of an object: its values
    std::vector<std::string> names;  // of an object, one for each value
};

}  // namespace mcastd
