#include "tools/mcast/bench/ends.hpp"

#include "tools/mcast/bench/mcast_ends.hpp"
#include "tools/mcast/bench/raw_ends.hpp"
#ifdef MCAST_BENCH_RING
#include "tools/mcast/bench/raw_ring.hpp"
#endif
#ifdef MCAST_BENCH_DPDK
#include "tools/mcast/bench/raw_dpdk.hpp"
#endif

namespace mcast::bench {
#ifndef MCAST_BENCH_DPDK
namespace {

Error without_dpdk() {
    return {ErrorCode::Unsupported, 0, "this program was built without DPDK"};
}

}  // namespace
#endif

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
#ifdef MCAST_BENCH_DPDK
    if (meeting.what.path == Path::RawDpdk) return open_dpdk_sender(meeting);
#else
    if (meeting.what.path == Path::RawDpdk) return without_dpdk();
#endif
    return is_raw(meeting.what.path) ? open_raw_sender(meeting) : open_mcast_sender(meeting);
}

Result<std::unique_ptr<Receiver>> open_receiver(const Meeting& meeting) {
#ifdef MCAST_BENCH_RING
    if (meeting.what.path == Path::RawRing) return open_ring_receiver(meeting);
#endif
#ifdef MCAST_BENCH_DPDK
    if (meeting.what.path == Path::RawDpdk) return open_dpdk_receiver(meeting);
#else
    if (meeting.what.path == Path::RawDpdk) return without_dpdk();
#endif
    return is_raw(meeting.what.path) ? open_raw_receiver(meeting) : open_mcast_receiver(meeting);
}

}  // namespace mcast::bench
