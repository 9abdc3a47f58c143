#pragma once

#include <algorithm>
#include <cstddef>

namespace mcast::protocol {

// How large the next message of a topic will probably be: the largest of the recent ones.
class MessageSize {
public:
    void on_published(std::size_t size) {
        recent_ = std::max(recent_, size);
        if (++count_ < kWindow) return;
        // One exceptional message is forgotten after two windows.
        previous_ = recent_;
        recent_ = 0;
        count_ = 0;
    }
    // In bytes, framing included; 0 before the first message.
    [[nodiscard]] std::size_t expected() const { return std::max(recent_, previous_); }

private:
    static constexpr std::size_t kWindow = 64;
    std::size_t recent_ = 0;
    std::size_t previous_ = 0;
    std::size_t count_ = 0;
};

}  // namespace mcast::protocol
