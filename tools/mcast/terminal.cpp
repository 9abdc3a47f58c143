#include "tools/mcast/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr std::size_t kPendingMax = 64 * 1024;
constexpr std::size_t kWidthUnknown = 80;

// False once the reader is gone.
bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            // Somebody else may have made the terminal that we share non-blocking.
            pollfd ready{descriptor, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

std::size_t width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kWidthUnknown;
    return size.ws_col;
}

}  // namespace

Terminal::Terminal(std::string program) : program_(std::move(program)) {
    output_is_terminal_ = ::isatty(STDOUT_FILENO) == 1;
    error_is_terminal_ = ::isatty(STDERR_FILENO) == 1;
    struct stat status {};
    output_is_file_ = ::fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode);
    // A pipe that is closed shall end the command in good order: closed() tells.
    std::signal(SIGPIPE, SIG_IGN);
}

Terminal::~Terminal() {
    erase_status();
    flush();
}

void Terminal::line(std::string_view text) {
    pending_ += text;
    pending_ += '\n';
    if (pending_.size() > kPendingMax) flush();
}

void Terminal::text(std::string_view lines) {
    pending_ += lines;
    if (pending_.size() > kPendingMax) flush();
}

void Terminal::note(std::string_view text) {
    flush();
    const std::string shown = status_;
    erase_status();
    write_all(STDERR_FILENO, program_ + ": " + std::string(text) + "\n");
    status(shown);
}

void Terminal::status(std::string_view text) {
    if (!error_is_terminal_) return;
    if (text.empty()) return erase_status();
    status_ = text;
    // Carriage return, the line, and erase to its end (ECMA-48 EL), in one write: no flicker. One
    // column stays free, since a full line would wrap on some terminals.
    write_all(STDERR_FILENO, "\r" + clipped(status_, width() - 1) + "\x1b[K");
}

void Terminal::erase_status() {
    if (status_.empty()) return;
    status_.clear();
    write_all(STDERR_FILENO, "\r\x1b[K");
}

bool Terminal::has_live_line(bool nothing_else_is_printed) const {
    return error_is_terminal_ &&
           (output_is_terminal_ || output_is_file_ || nothing_else_is_printed);
}

void Terminal::flush() {
    if (pending_.empty()) return;
    const std::string shown = output_is_terminal_ ? status_ : std::string{};
    if (!shown.empty()) erase_status();
    if (!closed_ && !write_all(STDOUT_FILENO, pending_)) closed_ = true;
    pending_.clear();
    if (!shown.empty()) status(shown);
}

bool Terminal::closed() {
    // A pipe whose reader is gone is POLLERR (pipe(7)), which is reported unasked.
    pollfd output{STDOUT_FILENO, 0, 0};
    if (::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0) closed_ = true;
    return closed_;
}

}  // namespace mcast::cli
