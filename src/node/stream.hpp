#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/random.hpp"
#include "mcast/stats.hpp"
#include "node/subscriber_core.hpp"
#include "protocol/receive_stream.hpp"

namespace mcast::detail {

// Subscribers of one topic in one node; more are refused.
inline constexpr std::size_t kSubscribersPerTopicMax = 4;

struct StreamKey {
    PeerId peer;
    std::uint64_t topic = 0;
    friend bool operator==(const StreamKey&, const StreamKey&) = default;
};
struct StreamKeyHash {
    std::uint64_t operator()(const StreamKey& key) const {
        return split_mix(key.peer.value ^ split_mix(key.topic));
    }
};

// What became of the datagrams of a stream; see StreamInfo.
struct StreamAccount {
    std::uint64_t first = 0;
    std::uint64_t delivered = 0;
    std::array<std::uint64_t, kStreamLossCount> lost{};
    std::uint64_t duplicates = 0;

    [[nodiscard]] std::uint64_t& operator[](StreamLoss loss) {
        return lost[static_cast<std::size_t>(loss)];
    }
    // One that was counted as delivered was lost afterwards.
    void retract(StreamLoss loss) {
        --delivered;
        ++(*this)[loss];
    }
};

// One topic of one peer as it is received here.
struct Stream {
    static constexpr std::uint32_t kNotReliable = UINT32_MAX;

    StreamKey key;
    bool used = false;
    std::uint32_t reliable = kNotReliable;  // its place in ReliableReceiver
    protocol::ReceiveStream order;          // unless it is reliable
    StreamAccount account;
    std::array<SubscriberCore*, kSubscribersPerTopicMax> subscribers{};
    std::size_t subscriber_count = 0;

    [[nodiscard]] bool is_reliable() const { return reliable != kNotReliable; }
};

}  // namespace mcast::detail
