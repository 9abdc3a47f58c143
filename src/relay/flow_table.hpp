#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/flat_map.hpp"
#include "mcast/buffer.hpp"
#include "node/stream.hpp"
#include "node/targets.hpp"
#include "relay/route_stats.hpp"
#include "relay/rule.hpp"
#include "relay/sequence_window.hpp"

namespace mcast::relay {

// One place that the datagrams of a flow are sent to.
struct Output {
    detail::Target target;
    std::uint32_t route = 0;  // in RouteStats
    Verdict verdict{Action::Forward, kNoRule, kNoRule};
    Buffer waiting;  // the newest of a Latest topic that the interface did not take
};

// A stream on its way through the relay, and where it goes as long as nothing changes.
struct Flow {
    detail::StreamKey key;
    std::uint32_t slot = 0;   // in its table
    std::uint64_t epoch = 0;  // for which the following is true; 0: for none
    InterfaceIndex from;
    Endpoint source;
    std::uint8_t hops = 0;
    bool latest = false;
    std::string topic;  // its name, for people
    std::vector<Output> outputs;
    // Beside the outputs, what was decided for ways that are not taken.
    struct Refusal {
        std::uint32_t route = 0;
        CarryDrop cause = CarryDrop::NoListener;
        Verdict verdict{};  // of a Rule
    };
    std::vector<Refusal> refusals;

    SequenceWindow window;
    Instant used_at{};
    bool waits = false;  // an output may have something in `waiting`
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0;
};

// All flows, at most a fixed number; when full, the one that was idle for longest makes room if it
// was idle for kIdleMin. Memory comes with use.
class FlowTable {
public:
    static constexpr Duration kIdleMin = std::chrono::seconds(2);

    // What still waits in a flow that is forgotten is counted there.
    FlowTable(std::size_t capacity, RouteStats& stats);

    // Null: no room.
    Flow* find_or_add(Instant now, const detail::StreamKey& key);
    [[nodiscard]] Flow* find(const detail::StreamKey& key);
    [[nodiscard]] Flow& at(std::uint32_t slot) { return flows_[slot]; }
    void erase_of(PeerId peer);
    [[nodiscard]] std::size_t size() const { return index_.size(); }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    // Forgets those that were idle for so long; how many.
    std::size_t erase_idle(Instant now, Duration idle);
    template <typename Handler>
    void for_each(Handler&& handler) const {
        for (const Flow& flow : flows_)
            if (flow.key.peer) handler(flow);
    }

private:
    void erase(Flow& flow);
    void grow_index();
    [[nodiscard]] bool make_room(Instant now);

    std::size_t capacity_;
    RouteStats& stats_;
    std::deque<Flow> flows_;  // as many as there ever were; nothing moves
    std::vector<std::uint32_t> free_;
    FlatMap<detail::StreamKey, std::uint32_t, detail::StreamKeyHash> index_;
    Flow* last_ = nullptr;    // runs of datagrams of one stream are the rule
    Instant next_room_at_{};  // looking for room takes time: not for each datagram of a flood
};

}  // namespace mcast::relay
