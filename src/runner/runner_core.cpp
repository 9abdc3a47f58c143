#include "runner/runner_core.hpp"

#include <algorithm>
#include <utility>

#include "runner/io_thread.hpp"

namespace mcast::detail {

namespace {

constexpr std::uint32_t kPollDatagramsMax = 1024;  // 16 batches of 64, see node_core.cpp

}  // namespace

RunnerCore::RunnerCore(const NodeOptions& node, const RunnerOptions& options)
    : node_options_(node),
      options_(options),
      events_(std::max(options.events_max, 8u)),
      blanks_token_(blanks_),
      ready_token_(ready_) {}

RunnerCore::~RunnerCore() {
    stop();
    const auto in_use = [](const auto& topic) { return topic->in_use(); };
    MCAST_ASSERT(std::none_of(outgoing_.begin(), outgoing_.end(), in_use) &&
                     std::none_of(incoming_.begin(), incoming_.end(), in_use),
                 "drop publishers and subscribers before their runner");
    count_unsent();
    std::uint64_t unsent = 0;
    for (const auto& topic : outgoing_)
        unsent += topic->stats().unsent;
    if (unsent > 0 && node_options_.log)
        node_options_.log(LogLevel::Warning,
                          std::to_string(unsent) +
                              " messages were published after stop() and not sent: end the "
                              "threads that publish before the runner");
}

Result<void> RunnerCore::open() {
    Result<std::thread> thread = start_io_thread([this] { run(); });
    if (!thread) return thread.error().within("open " + node_options_.name);
    thread_ = std::move(*thread);
    std::unique_lock lock(opening_);
    opened_.wait(lock, [&] { return open_result_.has_value(); });
    return *open_result_;
}

void RunnerCore::stop() {
    const std::lock_guard lock(stop_mutex_);
    if (!thread_.joinable()) return;
    MCAST_ASSERT(thread_.get_id() != std::this_thread::get_id(),
                 "a runner is not stopped from its own I/O thread");
    // Release: who sees it sees all that was done before stop().
    stopping_.store(true, std::memory_order_release);
    // Only if it opened: otherwise the thread is on its way out by itself.
    if (open_result_ && *open_result_) ring();
    thread_.join();
}

void RunnerCore::count_unsent() {
    const std::lock_guard lock(stop_mutex_);
    if (thread_.joinable()) return;
    Draft* draft = nullptr;
    while (ready_.try_dequeue(draft)) {
        // One that is lent comes again.
        if (!draft->take()) continue;
        draft->topic().count_unsent(draft->messages() + (draft->apart().empty() ? 0u : 1u));
        draft->release().reset();
        draft->forget_apart();
    }
}

void RunnerCore::on_topic_unused() {
    topic_unused_.store(true, std::memory_order_release);
    ring();
}

bool RunnerCore::call(CallDesk::Work work, void* target) {
    return desk_.call(work, target, [this] { ring(); });
}

bool RunnerCore::refuses(const Node& node, std::string_view topic, const Qos& qos) {
    if (qos.delivery != Delivery::Reliable) return false;
    const std::string text = "topic '" + std::string(topic.substr(0, kTopicNameMax)) +
                             "': a Runner does not carry Reliable topics, since its queues hold "
                             "nobody back: publish and drain it on a Node";
    Event event;
    event.kind = EventKind::Refused;
    event.at = node.now();
    event.topic = topic.substr(0, kTopicNameMax);
    event.text = text;
    events_.push(event);
    if (node_options_.log) node_options_.log(LogLevel::Error, text);
    return true;
}

OutgoingTopic* RunnerCore::publish(std::string_view topic, std::uint64_t type_id, const Qos& qos) {
    OutgoingTopic* made = nullptr;
    call([&](Node& node) {
        drop_unused();
        if (refuses(node, topic, qos)) return;
        RawPublisher publisher = node.raw_publisher(topic, type_id, qos);
        if (!publisher) return;
        outgoing_.push_back(std::make_unique<OutgoingTopic>(std::move(publisher), qos));
        made = outgoing_.back().get();
        restock();
    });
    return made;
}

IncomingTopic* RunnerCore::subscribe(std::string_view topic, std::uint64_t type_id,
                                     const Qos& qos) {
    IncomingTopic* made = nullptr;
    call([&](Node& node) {
        drop_unused();
        if (refuses(node, topic, qos)) return;
        // The node's own queue holds what one poll() takes in; ours is the one that fills up.
        Qos inner = qos;
        inner.queue_capacity = std::max(qos.queue_capacity, kPollDatagramsMax);
        RawSubscriber subscriber = node.raw_subscriber(topic, type_id, inner);
        if (!subscriber) return;
        incoming_.push_back(std::make_unique<IncomingTopic>(std::move(subscriber), qos));
        made = incoming_.back().get();
    });
    return made;
}

RunnerPublisherStats RunnerCore::stats(const OutgoingTopic& topic) {
    RunnerPublisherStats stats;
    if (call([&](Node&) { stats = topic.stats(); })) return stats;
    count_unsent();
    return topic.stats();
}

SubscriberStats RunnerCore::stats(const IncomingTopic& topic) {
    SubscriberStats stats;
    if (call([&](Node&) { stats = topic.stats(); })) return stats;
    return topic.stats();
}

RunnerStats RunnerCore::stats() {
    RunnerStats stats;
    const bool asked = call([&](Node& node) {
        stats = stats_;
        stats.node = node.stats();
        stats.events_dropped = events_.dropped();
    });
    return asked ? stats : stats_;
}

}  // namespace mcast::detail
