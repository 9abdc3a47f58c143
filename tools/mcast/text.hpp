#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mcast::cli {

// The bytes of the UTF-8 character at the start of `text`; 0 if there is none (RFC 3629: no
// overlong forms, no surrogates).
[[nodiscard]] std::size_t utf8_size(std::string_view text);
// Whether a character, as UTF-8, is a control character: C0, DEL or C1.
[[nodiscard]] bool is_control(std::string_view character);

// Whether it is UTF-8 without control characters other than tab.
[[nodiscard]] bool is_printable(std::string_view text);
// As it can be shown on a terminal, whoever sent it: other bytes and control characters as \xNN.
[[nodiscard]] std::string printable(std::string_view text);
// How many columns of a terminal a printable text takes, taking each character for one.
[[nodiscard]] std::size_t columns(std::string_view text);
// Not more than `width` columns, the last of which is "…" if something was cut.
[[nodiscard]] std::string clipped(std::string_view text, std::size_t width);

[[nodiscard]] std::string hex(std::span<const std::byte> bytes);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);

// The candidate that `word` was probably meant to be; empty if none is near.
[[nodiscard]] std::string closest(std::string_view word, std::span<const std::string> candidates);

// "1 message", "3 messages".
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

// Rows of cells as columns two spaces apart; the first row is the head. Lines end with '\n'.
[[nodiscard]] std::string table(std::span<const std::vector<std::string>> rows);

}  // namespace mcast::cli
