// What the I/O thread of a runner does.
#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "runner/io_thread.hpp"
#include "runner/runner_core.hpp"

namespace mcast::detail {

namespace {

constexpr std::size_t kBatch = 64;
// While drafts want buffers and the transport has none, it is asked again so often.
constexpr Duration kRestockInterval = std::chrono::milliseconds(1);
// While it sleeps new listeners may come up; its outlets hear of them so late at most.
constexpr Duration kRefreshInterval = std::chrono::milliseconds(50);
// A device that is still busy when the runner stops gets so long to take what waits.
constexpr Duration kLinger = std::chrono::milliseconds(100);

}  // namespace

void RunnerCore::run() {
    Result<void> result = set_up_this_thread(options_.thread_name, options_.core);
    if (!result) result = result.error().within("open " + node_options_.name);
    if (result) result = open_node();
    if (result) result = make_drafts();
    if (!result) node_.reset();
    const bool opened = result.has_value();
    {
        const std::lock_guard lock(opening_);
        open_result_ = std::move(result);
    }
    opened_.notify_one();
    if (!opened) return;
    while (accepting()) {
        if (turn())
            idle_since_.reset();
        else
            rest();
    }
    finish();
}

// On this thread: memory is taken on its core's node, and io_uring wants one thread for all.
Result<void> RunnerCore::open_node() {
    const auto open_with_host = [this]() -> Result<Node> {
        if (!options_.host) return Node::open(node_options_);
        Result<Host> host = options_.host();
        if (!host) return host.error().within("open " + node_options_.name);
        return Node::open(node_options_, std::move(*host));
    };
    Result<Node> node = open_with_host();
    if (!node) return node.error();
    node_.emplace(std::move(*node));
    return {};
}

Result<void> RunnerCore::make_drafts() {
    const std::size_t available = node_->capabilities().transmit_buffer_count;
    draft_count_ = options_.transmit_buffers == 0 ? std::max<std::size_t>(available / 2, 1)
                                                  : options_.transmit_buffers;
    // The rest is for announcements, large messages and what the device has not sent yet.
    if (draft_count_ > available - available / 4)
        return Error{ErrorCode::InvalidArgument, 0,
                     "open " + node_options_.name + ": transmit_buffers " +
                         std::to_string(draft_count_) + ": transport '" +
                         node_->capabilities().name + "' has " + std::to_string(available) +
                         "; give at most three quarters of them"};
    drafts_ = std::make_unique<Draft[]>(draft_count_);
    spent_.reserve(draft_count_);
    for (std::size_t i = 0; i < draft_count_; ++i)
        spent_.push_back(&drafts_[i]);
    return {};
}

bool RunnerCore::turn() {
    ++stats_.turns;
    if (topic_unused_.load(std::memory_order_relaxed)) drop_unused();
    bool busy = desk_.serve(*node_);
    busy = take_ready() > 0 || busy;
    // Sends what was taken, and receives.
    busy = node_->poll() > 0 || busy;
    busy = hand_over() || busy;
    restock();
    return busy;
}

void RunnerCore::rest() {
    if (options_.spin == Duration::max()) return;
    const Instant now = node_->now();
    if (!idle_since_) idle_since_ = now;
    if (now - *idle_since_ < options_.spin) return;
    if (doorbell_.lie_down()) {
        ++stats_.sleeps;
        Instant until = kNever;
        if (!outgoing_.empty())
            until = now + (spent_.empty() ? kRefreshInterval : kRestockInterval);
        node_->wait_until(until);
    }
    doorbell_.get_up();
}

std::size_t RunnerCore::take_ready() {
    std::array<Draft*, kBatch> batch;
    std::size_t taken = 0;
    std::size_t seen = 0;
    // No more than there are, so that receiving has its turn.
    while (seen < draft_count_) {
        const std::size_t count = ready_.try_dequeue_bulk(ready_token_, batch.data(), batch.size());
        if (count == 0) break;
        seen += count;
        for (Draft* draft : std::span(batch).first(count)) {
            if (!draft->take()) continue;
            draft->topic().publish(*draft);
            spent_.push_back(draft);
            ++taken;
        }
    }
    stats_.handed_over += taken;
    return taken;
}

bool RunnerCore::hand_over() {
    std::size_t datagrams = 0;
    for (const auto& topic : incoming_)
        datagrams += topic->hand_over();
    stats_.handed_out += datagrams;
    const std::size_t events =
        node_->drain_events([this](const Event& event) { events_.push(event); });
    return datagrams + events > 0;
}

void RunnerCore::restock() {
    if (outgoing_.empty()) return;
    for (const auto& topic : outgoing_)
        topic->refresh();
    std::array<Draft*, kBatch> batch;
    for (;;) {
        std::size_t count = 0;
        while (count < batch.size() && !spent_.empty()) {
            Draft* const draft = spent_.back();
            if (!draft->datagram()) draft->fill(outgoing_.front()->allocate());
            if (!draft->datagram()) break;
            spent_.pop_back();
            batch[count++] = draft;
        }
        if (count == 0) return;
        const bool queued = blanks_.enqueue_bulk(blanks_token_, batch.data(), count);
        MCAST_ASSERT(queued, "the system has no memory left for the runner's queue");
    }
}

void RunnerCore::drop_unused() {
    if (!topic_unused_.exchange(false, std::memory_order_acquire)) return;
    // What its outlets queued before they went is sent first.
    take_ready();
    const auto unused = [](const auto& topic) { return !topic->in_use(); };
    std::erase_if(outgoing_, unused);
    std::erase_if(incoming_, unused);
}

void RunnerCore::finish() {
    while (take_ready() > 0)
        node_->poll();
    // next_deadline() is now for as long as the device has not taken everything.
    for (const Instant end = node_->now() + kLinger; node_->now() < end;) {
        node_->poll();
        if (node_->next_deadline() > node_->now()) break;
    }
    hand_over();
    for (const auto& topic : outgoing_)
        topic->close();
    for (const auto& topic : incoming_)
        topic->close();
    stats_.node = node_->stats();
    stats_.events_dropped = events_.dropped();
    doorbell_.retire();
    node_.reset();
    desk_.close();
}

}  // namespace mcast::detail
