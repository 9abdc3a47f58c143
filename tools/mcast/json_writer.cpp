#include "tools/mcast/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    text_ += bracket;
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    text_ += bracket;
    comma_ = true;
    return *this;
}

void JsonWriter::separate() {
    if (comma_) text_ += ',';
    comma_ = true;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    value(name);
    text_ += ':';
    comma_ = false;
    return *this;
}

void JsonWriter::append(std::string_view text, bool inside_json) {
    while (!text.empty()) {
        const std::size_t size = utf8_size(text);
        const char first = text.front();
        if (size == 0) {
            text_ += kReplacement;
        } else if (is_control(text.substr(0, size))) {
            std::array<char, 8> escape{};
            // C1 controls are U+0080 to U+009F, whose second byte is the code point's last.
            std::snprintf(escape.data(), escape.size(), "\\u%04x",
                          static_cast<unsigned>(static_cast<unsigned char>(text[size - 1])));
            text_ += first == '\n' ? "\\n" : first == '\t' ? "\\t" : escape.data();
        } else {
            if (!inside_json && (first == '"' || first == '\\')) text_ += '\\';
            text_ += text.substr(0, size);
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    text_ += '"';
    append(text, false);
    text_ += '"';
    return *this;
}

JsonWriter& JsonWriter::value(bool truth) {
    return raw(truth ? "true" : "false");
}
JsonWriter& JsonWriter::value(std::uint64_t number) {
    return raw(std::to_string(number));
}
JsonWriter& JsonWriter::value(std::int64_t number) {
    return raw(std::to_string(number));
}
JsonWriter& JsonWriter::null() {
    return raw("null");
}

JsonWriter& JsonWriter::value(double number) {
    if (!std::isfinite(number)) return null();
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    static_cast<void>(error);  // 32 characters hold any double in its shortest form
    return raw({text.data(), static_cast<std::size_t>(end - text.data())});
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    append(json, true);
    return *this;
}

}  // namespace mcast::cli
