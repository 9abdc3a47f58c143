#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "mcast/peer.hpp"
#include "mcast/stats.hpp"
#include "tools/mcast/json_writer.hpp"

namespace mcast::cli {

// The subscribers of a Reliable topic, remembered also when they are gone, so that in the end it
// can be said who did not get everything.
class Audience {
public:
    // What RawPublisher::receivers() says now. Those that it no longer names have left.
    void update(std::span<const ReceiverInfo> receivers);

    // Whether all, those that left included, have everything up to `newest`, and lost nothing.
    [[nodiscard]] bool is_complete(std::uint64_t newest) const;
    [[nodiscard]] std::size_t size() const { return members_.size(); }
    // One sentence for each that has not: "pad-1 (…) left and lacks the last 3 datagrams".
    [[nodiscard]] std::vector<std::string> complaints(std::uint64_t newest) const;
    // An array with all of them.
    void write(JsonWriter& json, std::uint64_t newest) const;

private:
    struct Member {
        ReceiverInfo info;
        bool left = false;
    };
    [[nodiscard]] static std::uint64_t lacking(const Member& member, std::uint64_t newest);

    std::map<PeerId, Member> members_;
};

}  // namespace mcast::cli
