#include "relay/foreign_route.hpp"

#include <array>
#include <numeric>

#include "base/hash.hpp"

namespace mcast::relay {

std::string ForeignRoute::text(const Endpoint& destination) {
    if (destination.address.is_limited_broadcast())
        return "broadcast:" + std::to_string(destination.port);
    return to_string(destination);
}

std::uint64_t ForeignRoute::key(const Endpoint& destination) {
    Hash hash;
    hash.add("foreign");
    for (const std::uint8_t byte : destination.address.bytes())
        hash.add(static_cast<std::byte>(byte));
    hash.add(static_cast<std::byte>(destination.port >> 8));
    hash.add(static_cast<std::byte>(destination.port & 0xff));
    return hash.value();
}

std::string_view to_string(ForeignFate fate) {
    constexpr std::array<std::string_view, kForeignFateCount> kNames{
        "forwarded", "echo",    "loop",  "duplicate", "ttl",       "rule",
        "rate",      "standby", "storm", "too large", "send error"};
    return kNames[static_cast<std::size_t>(fate)];
}

std::uint64_t ForeignCounters::received() const {
    return std::accumulate(std::begin(fates), std::end(fates), std::uint64_t{0});
}

ForeignCounters& ForeignCounters::operator+=(const ForeignCounters& other) {
    for (std::size_t i = 0; i < kForeignFateCount; ++i)
        fates[i] += other.fates[i];
    forwarded_bytes += other.forwarded_bytes;
    replies += other.replies;
    replies_dropped += other.replies_dropped;
    no_port += other.no_port;
    storms += other.storms;
    kernel_drops += other.kernel_drops;
    return *this;
}

}  // namespace mcast::relay
