#include "tools/mcast/line_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace mcast::cli {

std::optional<std::string> LineReader::next() {
    const std::size_t end = pending_.find('\n', std::max(start_, scanned_));
    const bool complete = end != std::string::npos;
    if (!complete) {
        scanned_ = pending_.size();
        const bool last = ended_ && start_ < pending_.size();
        if (!last && pending_.size() - start_ < kLineSizeMax) return std::nullopt;
    }
    std::string line = pending_.substr(start_, complete ? end - start_ : std::string::npos);
    start_ = complete ? end + 1 : pending_.size();
    ++number_;
    return line;
}

void LineReader::read_some() {
    pending_.erase(0, start_);
    scanned_ -= std::min(scanned_, start_);
    start_ = 0;
    std::array<char, 64 * 1024> bytes;
    const ssize_t size = ::read(descriptor_, bytes.data(), bytes.size());
    if (size > 0) {
        pending_.append(bytes.data(), static_cast<std::size_t>(size));
    } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
        ended_ = true;
    }
}

}  // namespace mcast::cli
