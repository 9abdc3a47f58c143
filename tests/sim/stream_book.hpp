#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "mcast/event.hpp"
#include "mcast/peer.hpp"
#include "mcast/stats.hpp"

namespace worlds {

// What one run of a node was told about the streams that it receives, by gaps and by the ledger:
// the second word beside what its subscribers got.
class StreamBook {
public:
    // Events of kind Gap and PeerDown.
    void on_event(std::size_t run, const mcast::Event& event);
    // A subscription of the run begins or ends: the streams of its topic do so as well.
    void on_subscription(std::size_t run, std::string_view topic);

    [[nodiscard]] static std::string describe(const mcast::StreamInfo& stream);
    // Takes in a ledger. Returns what is wrong with it; empty: nothing.
    std::string on_stream(std::size_t run, const mcast::StreamInfo& stream);

    // Whether any of these sequences was told to be missing.
    [[nodiscard]] bool told(std::size_t run, mcast::PeerId publisher, std::string_view topic,
                            std::uint64_t first, std::uint64_t last) const;
    // Where the stream began for the run, when it did so for the last time; 0: it never did.
    [[nodiscard]] std::uint64_t first(std::size_t run, mcast::PeerId publisher,
                                      std::string_view topic) const;

private:
    using Key = std::tuple<std::size_t, mcast::PeerId, std::string>;
    struct Page {
        std::map<std::uint64_t, std::uint64_t> gaps;  // first to last, none touches another
        std::uint64_t first = 0;
        bool may_begin = true;  // since the first of it, or since the stream ended

        void add(std::uint64_t first, std::uint64_t last);
        [[nodiscard]] std::uint64_t count(std::uint64_t first, std::uint64_t last) const;
    };
    [[nodiscard]] const Page* find(std::size_t run, mcast::PeerId publisher,
                                   std::string_view topic) const;

    std::map<Key, Page> pages_;
};

}  // namespace worlds
