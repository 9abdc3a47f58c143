#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>

namespace probe {

// One JSON object, written member by member.
class Json {
public:
    explicit Json(std::string_view event) { add("event", event); }
    Json() = default;

    Json& add(std::string_view key, std::string_view value) { return raw(key, quoted(value)); }
    Json& add(std::string_view key, const char* value) { return add(key, std::string_view(value)); }
    Json& add(std::string_view key, const std::string& value) {
        return add(key, std::string_view(value));
    }
    template <typename Number>
    requires std::is_arithmetic_v<Number> Json& add(std::string_view key, Number value) {
        if constexpr (std::is_same_v<Number, bool>) return raw(key, value ? "true" : "false");
        return raw(key, std::to_string(value));
    }
    // `json` is JSON already.
    Json& raw(std::string_view key, std::string_view json) {
        text_ += text_.empty() ? "{" : ",";
        text_ += quoted(key);
        text_ += ':';
        text_ += json;
        return *this;
    }

    [[nodiscard]] std::string text() const { return text_.empty() ? "{}" : text_ + "}"; }
    void print() const {
        std::puts(text().c_str());
        std::fflush(stdout);
    }

private:
    static std::string quoted(std::string_view value) {
        std::string json = "\"";
        for (const char letter : value) {
            if (letter == '"' || letter == '\\') json += '\\';
            if (static_cast<unsigned char>(letter) >= ' ') {
                json += letter;
                continue;
            }
            std::array<char, 8> code{};
            std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(letter));
            json += code.data();
        }
        return json + '"';
    }

    std::string text_;
};

}  // namespace probe
