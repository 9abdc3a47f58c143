#include "tools/mcastd/diagnostic.hpp"

#include <algorithm>
#include <utility>

#include "tools/mcast/text.hpp"

namespace mcastd {
namespace {

// Columns of a line that are shown around the caret.
constexpr std::uint32_t kWindow = 100;

// The characters from `first` on, at most `count`, with tabs as blanks.
std::string characters(std::string_view text, std::size_t first, std::size_t count) {
    std::string taken;
    for (std::size_t at = 0; at < text.size() && count > 0;) {
        const std::size_t size = std::max<std::size_t>(mcast::cli::utf8_size(text.substr(at)), 1);
        if (first > 0) {
            --first;
        } else {
            taken += text[at] == '\t' ? " " : text.substr(at, size);
            --count;
        }
        at += size;
    }
    return taken;
}

// The line with a caret below it, cut to the part around the caret.
std::string drawing(const Diagnostic& diagnostic) {
    const std::string number = std::to_string(diagnostic.at.line);
    const std::uint32_t column = std::max(diagnostic.at.column, 1u) - 1;
    const std::uint32_t begin = column < kWindow * 3 / 4 ? 0 : column - kWindow / 2;
    const std::uint32_t length = std::clamp(diagnostic.at.length, 1u, kWindow - (column - begin));
    const auto part = [&](std::size_t first, std::size_t count) {
        return mcast::cli::printable(characters(diagnostic.source, first, count));
    };
    const std::string before = part(begin, column - begin);
    const std::string marked = part(column, length);
    const std::string after = part(column + length, kWindow - (column - begin) - length);
    const std::size_t width = mcast::cli::columns(marked);
    return "  " + number + " | " + before + marked + after + "\n  " +
           std::string(number.size(), ' ') + " | " + std::string(mcast::cli::columns(before), ' ') +
           "^" + std::string(width == 0 ? 0 : width - 1, '~') + "\n";
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
    std::string text = mcast::cli::printable(diagnostic.where);
    if (diagnostic.at.line != 0)
        text +=
            ":" + std::to_string(diagnostic.at.line) + ":" + std::to_string(diagnostic.at.column);
    text += diagnostic.severity == Severity::Error ? ": error: " : ": warning: ";
    text += mcast::cli::printable(diagnostic.what) + "\n";
    return diagnostic.source.empty() ? text : text + drawing(diagnostic);
}

std::string Diagnostics::line_of(std::uint32_t number) {
    if (line_starts_.empty()) {
        line_starts_.push_back(0);
        for (std::size_t end = text_.find('\n'); end != std::string_view::npos;
             end = text_.find('\n', end + 1))
            line_starts_.push_back(end + 1);
    }
    if (number == 0 || number > line_starts_.size()) return {};
    const std::size_t begin = line_starts_[number - 1];
    std::string_view line = text_.substr(begin, text_.find('\n', begin) - begin);
    // A byte order mark is no character of the line, see RFC 3629 on the signature.
    if (number == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return std::string(line);
}

void Diagnostics::keep(Diagnostic diagnostic) {
    if (diagnostic.severity == Severity::Error) ++errors_;
    if (kept_.size() < kShownMax)
        kept_.push_back(std::move(diagnostic));
    else
        ++left_out_;
}

void Diagnostics::add(Severity severity, Position at, std::string what) {
    keep({severity, file_, at, std::move(what),
          kept_.size() < kShownMax ? line_of(at.line) : std::string()});
}

void Diagnostics::error_elsewhere(std::string where, std::string what) {
    keep({Severity::Error, std::move(where), {}, std::move(what), {}});
}

void Diagnostics::warning_elsewhere(std::string where, std::string what) {
    keep({Severity::Warning, std::move(where), {}, std::move(what), {}});
}

std::vector<Diagnostic> Diagnostics::take() {
    std::stable_sort(kept_.begin(), kept_.end(),
                     [](const Diagnostic& one, const Diagnostic& other) {
                         // What is not in the file comes last.
                         const auto order = [](const Diagnostic& d) {
                             return std::pair(d.at.line == 0 ? UINT32_MAX : d.at.line, d.at.column);
                         };
                         return order(one) < order(other);
                     });
    if (left_out_ != 0) {
        const Severity severity = errors_ != 0 ? Severity::Error : Severity::Warning;
        kept_.push_back({severity, file_, {}, "and " + std::to_string(left_out_) + " more", {}});
    }
    return std::exchange(kept_, {});
}

}  // namespace mcastd
