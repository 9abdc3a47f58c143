#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mcast::cli {

// Standard output and error. Results go to standard output, what people should know to standard
// error, with a live line below both while standard error is a terminal.
class Terminal {
public:
    // The program's name stands before its notes.
    explicit Terminal(std::string program = "mcast");
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    // Without their end; a line is written by flush() or when many wait.
    void line(std::string_view text);
    void text(std::string_view lines);
    // "mcast: text" on standard error, at once.
    void note(std::string_view text);

    // Replaces the live line; nothing unless has_live_line(). Empty takes it away.
    void status(std::string_view text);
    // Whether a live line can be seen without getting mixed into what somebody else prints of our
    // standard output.
    [[nodiscard]] bool has_live_line(bool nothing_else_is_printed) const;

    void flush();
    // Whether nobody reads standard output any more. Checked without writing, too.
    [[nodiscard]] bool closed();

private:
    void erase_status();

    std::string program_;
    std::string pending_;
    std::string status_;
    bool output_is_terminal_ = false;
    bool output_is_file_ = false;
    bool error_is_terminal_ = false;
    bool closed_ = false;
};

}  // namespace mcast::cli
