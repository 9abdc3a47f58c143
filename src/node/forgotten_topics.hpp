#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace mcast::detail {

// Where the streams of publishers ended that are no longer kept: a topic that comes back goes on
// there. If it began at 1 again, its receivers would take all of it for duplicates.
class ForgottenTopics {
public:
    void remember(std::uint64_t id, std::uint64_t next_sequence) {
        Entry* entry = std::find_if(entries_.begin(), entries_.end(),
                                    [id](const Entry& e) { return e.id == id; });
        if (entry == entries_.end()) {
            entry = &entries_[next_++ % entries_.size()];
            // Of which topic that was is lost; beyond it is none of them.
            beyond_ = std::max(beyond_, entry->next_sequence);
        }
        *entry = {id, next_sequence};
    }

    // The first sequence of a topic's stream, whether it is new or comes back.
    [[nodiscard]] std::uint64_t first_sequence(std::uint64_t id) const {
        const Entry* entry = std::find_if(entries_.begin(), entries_.end(),
                                          [id](const Entry& e) { return e.id == id; });
        return entry != entries_.end() ? entry->next_sequence : beyond_;
    }

private:
    struct Entry {
        std::uint64_t id = 0;  // 0: none
        std::uint64_t next_sequence = 0;
    };
    std::array<Entry, 256> entries_{};
    std::size_t next_ = 0;
    std::uint64_t beyond_ = 1;
};

}  // namespace mcast::detail
