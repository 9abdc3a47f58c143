#include "relay/flow_table.hpp"

#include <algorithm>
#include <utility>

namespace mcast::relay {

namespace {

constexpr std::size_t kIndexMin = 1024;
constexpr Duration kRoomInterval = std::chrono::milliseconds(10);

}  // namespace

FlowTable::FlowTable(std::size_t capacity, RouteStats& stats)
    : capacity_(capacity), stats_(stats), index_(std::min(capacity, kIndexMin)) {}

Flow* FlowTable::find(const detail::StreamKey& key) {
    if (last_ != nullptr && last_->key == key) return last_;
    const std::uint32_t* found = index_.find(key);
    if (found == nullptr) return nullptr;
    last_ = &flows_[*found];
    return last_;
}

Flow* FlowTable::find_or_add(Instant now, const detail::StreamKey& key) {
    Flow* flow = find(key);
    if (flow == nullptr) {
        if (free_.empty() && flows_.size() < capacity_) {
            free_.push_back(static_cast<std::uint32_t>(flows_.size()));
            flows_.emplace_back();
        }
        if (free_.empty() && !make_room(now)) return nullptr;
        if (index_.full()) grow_index();
        flow = &flows_[free_.back()];
        index_.insert(key, free_.back());
        flow->key = key;
        flow->slot = free_.back();
        free_.pop_back();
        last_ = flow;
    }
    flow->used_at = now;
    return flow;
}

void FlowTable::grow_index() {
    FlatMap<detail::StreamKey, std::uint32_t, detail::StreamKeyHash> larger(
        std::min(capacity_, index_.size() * 2));
    for_each([&](const Flow& flow) { larger.insert(flow.key, flow.slot); });
    index_ = std::move(larger);
}

bool FlowTable::make_room(Instant now) {
    if (now < next_room_at_) return false;
    next_room_at_ = now + kRoomInterval;
    const auto idlest =
        std::min_element(flows_.begin(), flows_.end(),
                         [](const Flow& a, const Flow& b) { return a.used_at < b.used_at; });
    if (idlest == flows_.end() || idlest->used_at + kIdleMin > now) return false;
    erase(*idlest);
    return true;
}

void FlowTable::erase(Flow& flow) {
    for (const Output& output : flow.outputs)
        if (output.waiting) stats_.drop(output.route, CarryDrop::Stale);
    free_.push_back(flow.slot);
    index_.erase(flow.key);
    flow = Flow{};
    last_ = nullptr;
}

std::size_t FlowTable::erase_idle(Instant now, Duration idle) {
    std::size_t count = 0;
    for (Flow& flow : flows_) {
        if (!flow.key.peer || flow.used_at + idle > now) continue;
        erase(flow);
        ++count;
    }
    return count;
}

void FlowTable::erase_of(PeerId peer) {
    for (Flow& flow : flows_)
        if (flow.key.peer == peer) erase(flow);
}

}  // namespace mcast::relay
