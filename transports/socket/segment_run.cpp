#include "transports/socket/segment_run.hpp"

#include <algorithm>

namespace mcast::socket {

std::size_t segment_run(std::span<const Datagram> batch) {
    const Datagram& first = batch.front();
    const std::size_t size = first.buffer.size();
    if (size == 0) return 1;
    const std::size_t most =
        std::min({batch.size(), kSegmentsMax, std::max<std::size_t>(kSegmentRunSizeMax / size, 1)});
    std::size_t length = 1;
    while (length < most) {
        const Datagram& next = batch[length];
        if (next.buffer.size() > size || next.buffer.size() == 0 || next.way != first.way ||
            next.interface != first.interface || next.destination != first.destination)
            break;
        ++length;
        if (next.buffer.size() < size) break;
    }
    return length;
}

}  // namespace mcast::socket
