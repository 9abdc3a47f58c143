#include "tools/mcast/bench/ends.hpp"

#include "tools/mcast/bench/mcast_ends.hpp"
#include "tools/mcast/bench/raw_ends.hpp"

namespace mcast::bench {

Result<std::unique_ptr<Sender>> open_sender(const Meeting& meeting) {
    return is_raw(meeting.what.path) ? open_raw_sender(meeting) : open_mcast_sender(meeting);
}

Result<std::unique_ptr<Receiver>> open_receiver(const Meeting& meeting) {
    return is_raw(meeting.what.path) ? open_raw_receiver(meeting) : open_mcast_receiver(meeting);
}

}  // namespace mcast::bench
