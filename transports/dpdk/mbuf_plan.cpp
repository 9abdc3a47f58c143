#include "transports/dpdk/mbuf_plan.hpp"

#include <cerrno>
#include <string>

namespace mcast::dpdk {

Result<std::size_t> mbuf_count(const MbufPlan& plan, std::size_t wanted) {
    const std::size_t least = plan.count();
    if (wanted == 0) return least;
    if (wanted >= least) return wanted;
    return Error{
        ErrorCode::InvalidArgument, EINVAL,
        "mbuf_count is " + std::to_string(wanted) + ", but the device keeps " +
            std::to_string(plan.receive_descriptors + plan.fill_ring + plan.transmit_descriptors) +
            " of them and " + std::to_string(plan.nodes_max) +
            " nodes with their buffers need the rest: give at least " + std::to_string(least) +
            ", or fewer buffers, or leave it 0"};
}

}  // namespace mcast::dpdk
