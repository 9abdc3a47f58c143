#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/mcastd/document.hpp"

namespace mcastd {

enum class Severity : std::uint8_t { Warning, Error };

// Something to mend: where, what, how. One sentence without its end.
struct Diagnostic {
    Severity severity = Severity::Error;
    std::string where;  // a file, MCAST_PORT or --port
    Position at;        // in the file
    std::string what;
    std::string source;  // the line of the file; empty: none to show
};

// "mcastd.toml:3:8: error: …", and if there is a line of the file, this and a caret below it:
//   3 | port = 99999
//     |        ^~~~~
// Lines end with '\n'; control characters are shown as \xNN.
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

// All that is wrong with one configuration, in the order of the file; bounded.
class Diagnostics {
public:
    static constexpr std::size_t kShownMax = 100;

    // The file is read for the lines to show; it must outlive this.
    Diagnostics(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {}

    void error(Position at, std::string what) { add(Severity::Error, at, std::move(what)); }
    void warning(Position at, std::string what) { add(Severity::Warning, at, std::move(what)); }
    // About a value that is not in the file: `where` is MCAST_PORT or --port.
    void error_elsewhere(std::string where, std::string what);
    void warning_elsewhere(std::string where, std::string what);

    [[nodiscard]] bool failed() const { return errors_ != 0; }
    // Sorted; what is beyond kShownMax is summed up in the last.
    [[nodiscard]] std::vector<Diagnostic> take();

private:
    void add(Severity severity, Position at, std::string what);
    void keep(Diagnostic diagnostic);
    [[nodiscard]] std::string line_of(std::uint32_t number);

    std::string file_;
    std::string_view text_;
    std::vector<std::size_t> line_starts_;  // once one is needed
    std::vector<Diagnostic> kept_;
    std::size_t errors_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace mcastd
