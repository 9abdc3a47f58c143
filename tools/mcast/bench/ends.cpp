#include "tools/mcast/bench/ends.hpp"

#include "tools/mcast/bench/mcast_ends.hpp"
#include "tools/mcast/bench/raw_ends.hpp"
#ifdef MCAST_BENCH_RING
#include "tools/mcast/bench/raw_ring.hpp"
#endif

namespace mcast::bench {

bool has_ring() {
#ifdef MCAST_BENCH_RING
    return true;
#else
    return false;
#endif
}

Result<std::unique_ptr<Sender>> open_sender(const Meeting& meeting) {
#ifdef MCAST_BENCH_RING
    if (meeting.what.path == Path::RawRing) return open_ring_sender(meeting);
#endif
    return is_raw(meeting.what.path) ? open_raw_sender(meeting) : open_mcast_sender(meeting);
}

Result<std::unique_ptr<Receiver>> open_receiver(const Meeting& meeting) {
#ifdef MCAST_BENCH_RING
    if (meeting.what.path == Path::RawRing) return open_ring_receiver(meeting);
#endif
    return is_raw(meeting.what.path) ? open_raw_receiver(meeting) : open_mcast_receiver(meeting);
}

}  // namespace mcast::bench
