#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace mcast::cli {

// Lines of a descriptor, as they come.
class LineReader {
public:
    static constexpr std::size_t kLineSizeMax = 16u << 20;  // bytes; a longer line is cut

    explicit LineReader(int descriptor) : descriptor_(descriptor) {}

    // The next line without its end, if it has arrived in full; the last one needs no end.
    [[nodiscard]] std::optional<std::string> next();
    // Reads what there is; blocks if there is nothing, so poll(2) first.
    void read_some();
    // Whether there will be no further lines.
    [[nodiscard]] bool ended() const { return ended_ && start_ >= pending_.size(); }
    // How many next() gave.
    [[nodiscard]] std::size_t number() const { return number_; }

private:
    int descriptor_;
    std::string pending_;
    std::size_t start_ = 0;    // of the next line in pending_
    std::size_t scanned_ = 0;  // no line ends before here
    std::size_t number_ = 0;
    bool ended_ = false;
};

}  // namespace mcast::cli
