#include "tools/mcast/bench/case.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace mcast::bench {
namespace {

constexpr std::array<std::string_view, kModeCount> kModes{"throughput", "latency", "rtt",
                                                          "fan-out",    "loss",    "idle"};
constexpr std::array<std::string_view, kPathCount> kPaths{
    "raw-single", "raw-packed", "raw-segmented", "raw-capnp",
    "raw-ring",   "raw-dpdk",   "typed",         "ready"};

Duration read(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec);
}

}  // namespace

std::string_view to_string(Mode mode) {
    return kModes[static_cast<std::size_t>(mode)];
}
std::string_view to_string(Path path) {
    return kPaths[static_cast<std::size_t>(path)];
}

std::optional<Path> parse_path(std::string_view text) {
    const auto found = std::find(kPaths.begin(), kPaths.end(), text);
    if (found == kPaths.end()) return std::nullopt;
    return static_cast<Path>(found - kPaths.begin());
}

std::string Case::path_name() const {
    if (path == Path::RawDpdk) return "raw-" + backend;
    const std::string name(reliable ? "reliable" : to_string(path));
    return is_raw(path) ? name : name + "/" + backend;
}

std::size_t Case::messages_in_datagram() const {
    if (path == Path::RawSingle) return 1;
    return std::max<std::size_t>(1, kSingleSizeMax / size);
}

std::size_t Case::window_in_messages() const {
    // A message of several datagrams takes its share, but one is always let through.
    const std::size_t datagrams = (size + kSingleSizeMax - 1) / kSingleSizeMax;
    return std::max<std::size_t>(1, window * messages_in_datagram() / datagrams);
}

Instant now() {
    return Instant(read(CLOCK_MONOTONIC));
}

Duration wall_offset() {
    return read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC);
}

}  // namespace mcast::bench
