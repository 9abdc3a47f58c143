#include "tools/mcast/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <numeric>

namespace mcast::cli {
namespace {

std::uint8_t byte_at(std::string_view text, std::size_t index) {
    return index < text.size() ? static_cast<std::uint8_t>(text[index]) : 0;
}

// Levenshtein's distance, without regard to case, where two characters in the wrong order are one
// mistake.
std::size_t distance(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        before.swap(last);
        last.swap(row);
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = last[j] + (lower(a[i]) == lower(b[j]) ? 0 : 1);
            row[j + 1] = std::min({replaced, row[j] + 1, last[j + 1] + 1});
            if (i > 0 && j > 0 && lower(a[i]) == lower(b[j - 1]) && lower(a[i - 1]) == lower(b[j]))
                row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
        }
    }
    return row[b.size()];
}

}  // namespace

std::size_t utf8_size(std::string_view text) {
    const std::uint8_t first = byte_at(text, 0);
    if (text.empty()) return 0;
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
    }
    // The second byte tells overlong forms, surrogates and what is beyond U+10FFFF.
    const std::uint8_t second = byte_at(text, 1);
    if (first == 0xe0 && second < 0xa0) return 0;
    if (first == 0xed && second > 0x9f) return 0;
    if (first == 0xf0 && second < 0x90) return 0;
    if (first == 0xf4 && second > 0x8f) return 0;
    return size;
}

bool is_control(std::string_view character) {
    const std::uint8_t first = byte_at(character, 0);
    return first < 0x20 || first == 0x7f || (first == 0xc2 && byte_at(character, 1) < 0xa0);
}

bool is_printable(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = utf8_size(text);
        if (size == 0) return false;
        if (text.front() != '\t' && is_control(text.substr(0, size))) return false;
        text.remove_prefix(size);
    }
    return true;
}

std::string printable(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        std::size_t size = utf8_size(text);
        if (size != 0 && !is_control(text.substr(0, size))) {
            shown += text.substr(0, size);
        } else {
            size = std::max<std::size_t>(size, 1);
            for (std::size_t i = 0; i < size; ++i) {
                std::array<char, 8> escape{};
                std::snprintf(escape.data(), escape.size(), "\\x%02x",
                              static_cast<unsigned>(byte_at(text, i)));
                shown += escape.data();
            }
        }
        text.remove_prefix(size);
    }
    return shown;
}

std::size_t columns(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned>(c) & 0xc0) != 0x80;
    }));
}

std::string clipped(std::string_view text, std::size_t width) {
    if (columns(text) <= width) return std::string(text);
    if (width == 0) return {};
    std::size_t end = 0;
    for (std::size_t column = 0; column + 1 < width; ++column) {
        end += std::max<std::size_t>(utf8_size(text.substr(end)), 1);
    }
    return std::string(text.substr(0, end)) + "…";
}

std::string hex(std::span<const std::byte> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        text += kDigits[std::to_integer<std::size_t>(byte >> 4)];
        text += kDigits[std::to_integer<std::size_t>(byte & std::byte{0x0f})];
    }
    return text;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
    std::string text;
    for (const std::string& part : parts) {
        if (!text.empty()) text += separator;
        text += part;
    }
    return text;
}

std::string closest(std::string_view word, std::span<const std::string> candidates) {
    std::string best;
    // A third of the word may be wrong; more is another word.
    std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t candidate_distance = distance(word, candidate);
        if (candidate_distance < best_distance) {
            best_distance = candidate_distance;
            best = candidate;
        }
    }
    return best;
}

std::string counted(std::size_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string table(std::span<const std::vector<std::string>> rows) {
    std::vector<std::size_t> widths;
    for (const std::vector<std::string>& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columns(row[i]));
    }
    std::string text;
    for (const std::vector<std::string>& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            line.append(widths[i] - columns(row[i]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace mcast::cli
