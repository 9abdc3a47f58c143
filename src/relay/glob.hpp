#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mcast::relay {

// A name in which `*` stands for any characters and `?` for one (of UTF-8). Everything else stands
// for itself, also brackets and backslashes.
class Glob {
public:
    // Bytes; no name of ours is longer.
    static constexpr std::size_t kSizeMax = 255;

    Glob() = default;  // matches only the empty text
    explicit Glob(std::string text);

    // A star is never gone back to once the next one was reached, so this compares at most
    // size × size characters, and for globs with one star twice the text's.
    [[nodiscard]] bool matches(std::string_view text) const;

    [[nodiscard]] bool empty() const { return text_.empty(); }
    [[nodiscard]] const std::string& text() const { return text_; }
    // Without `*` and `?`: it matches its own text only.
    [[nodiscard]] bool is_literal() const { return prefix_ == text_.size(); }
    // What every match starts and ends with; the whole text of a literal.
    [[nodiscard]] std::string_view prefix() const {
        return std::string_view(text_).substr(0, prefix_);
    }
    [[nodiscard]] std::string_view suffix() const {
        return std::string_view(text_).substr(text_.size() - suffix_);
    }

    friend bool operator==(const Glob&, const Glob&) = default;

private:
    std::string text_;
    std::size_t prefix_ = 0;  // bytes
    std::size_t suffix_ = 0;
};

}  // namespace mcast::relay
