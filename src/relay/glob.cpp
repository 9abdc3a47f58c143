#include "relay/glob.hpp"

#include <algorithm>
#include <utility>

namespace mcast::relay {
namespace {

constexpr std::string_view kWild = "*?";

// Where the UTF-8 character at `at` ends: behind its continuation bytes (RFC 3629).
std::size_t next_character(std::string_view text, std::size_t at) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
        ++at;
    return at;
}

}  // namespace

Glob::Glob(std::string text) : text_(std::move(text)) {
    const std::size_t first = text_.find_first_of(kWild);
    prefix_ = std::min(first, text_.size());
    suffix_ =
        first == std::string::npos ? text_.size() : text_.size() - text_.find_last_of(kWild) - 1;
}

bool Glob::matches(std::string_view text) const {
    const std::string_view glob = text_;
    if (is_literal()) return text == glob;
    if (text.size() < prefix_ + suffix_ || !text.starts_with(prefix()) || !text.ends_with(suffix()))
        return false;

    std::size_t at = prefix_;                   // in the glob
    std::size_t read = prefix_;                 // in the text
    std::size_t star = std::string_view::npos;  // behind the last star so far
    std::size_t retry = 0;                      // in the text, where what that star takes ends
    while (read < text.size()) {
        if (at < glob.size() && glob[at] == '*') {
            star = ++at;
            retry = read;
            // Nothing wild is left, and the end of the text was seen to be right.
            if (star + suffix_ == glob.size()) return read + suffix_ <= text.size();
        } else if (at < glob.size() && glob[at] == '?') {
            ++at;
            read = next_character(text, read);
        } else if (at < glob.size() && glob[at] == text[read]) {
            ++at;
            ++read;
        } else if (star != std::string_view::npos) {
            at = star;
            read = retry = next_character(text, retry);
        } else {
            return false;
        }
    }
    while (at < glob.size() && glob[at] == '*')
        ++at;
    return at == glob.size();
}

}  // namespace mcast::relay
