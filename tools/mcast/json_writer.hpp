#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mcast::cli {

// Writes JSON (RFC 8259) on one line. Commas come by themselves; the caller closes what it opens.
class JsonWriter {
public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(std::string_view name);

    // Bytes that are not UTF-8 become U+FFFD.
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(bool truth);
    JsonWriter& value(std::uint64_t number);
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(std::uint32_t number) { return value(std::uint64_t{number}); }
    JsonWriter& value(int number) { return value(std::int64_t{number}); }
    JsonWriter& value(double number);  // null if it is not finite
    JsonWriter& null();
    // JSON made by somebody else, on one line. Bytes that are not UTF-8 become U+FFFD, and control
    // characters that JSON allows to stand as they are (DEL and C1) are escaped.
    JsonWriter& raw(std::string_view json);

    // key() and value() in one.
    template <typename T>
    JsonWriter& field(std::string_view name, const T& content) {
        key(name);
        return value(content);
    }

    [[nodiscard]] const std::string& text() const { return text_; }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();
    void append(std::string_view text, bool inside_json);

    std::string text_;
    bool comma_ = false;  // something stands before what comes next
};

}  // namespace mcast::cli
