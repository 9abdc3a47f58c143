#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "mcast/runner.hpp"
#include "runner/call_desk.hpp"
#include "runner/doorbell.hpp"
#include "runner/draft.hpp"
#include "runner/event_relay.hpp"
#include "runner/incoming_topic.hpp"
#include "runner/outgoing_topic.hpp"

namespace mcast::detail {

// The I/O thread with its node, and the queues between it and everybody else:
//
//   blank drafts     I/O thread -> whichever outlet needs one
//   ready drafts     outlets    -> I/O thread
//   samples          I/O thread -> inlets, a queue for each topic
//   events           I/O thread -> whoever drains them
//   calls            anybody    -> I/O thread, and back
class RunnerCore {
public:
    RunnerCore(const NodeOptions& node, const RunnerOptions& options);
    RunnerCore(const RunnerCore&) = delete;
    RunnerCore& operator=(const RunnerCore&) = delete;
    ~RunnerCore();

    Result<void> open();
    void stop();

    // --- Any thread's.

    [[nodiscard]] bool accepting() const { return !stopping_.load(std::memory_order_acquire); }
    [[nodiscard]] Draft* take_blank() {
        Draft* draft = nullptr;
        return blanks_.try_dequeue(draft) ? draft : nullptr;
    }
    [[nodiscard]] moodycamel::ConcurrentQueue<Draft*>& ready() { return ready_; }
    void ring() {
        doorbell_.ring([this] { node_->wake(); });
    }
    void on_topic_unused();
    // Runs `work(node)` on the I/O thread; false, and not run, if that has ended.
    bool call(CallDesk::Work work, void* target);
    template <typename Work>
    bool call(Work&& work) {
        using Body = std::remove_reference_t<Work>;
        return call([](void* target, Node& node) { (*static_cast<Body*>(target))(node); }, &work);
    }
    // Null: refused.
    OutgoingTopic* publish(std::string_view topic, std::uint64_t type_id, const Qos& qos);
    IncomingTopic* subscribe(std::string_view topic, std::uint64_t type_id, const Qos& qos);
    [[nodiscard]] RunnerPublisherStats stats(const OutgoingTopic& topic);
    [[nodiscard]] SubscriberStats stats(const IncomingTopic& topic);
    [[nodiscard]] RunnerStats stats();
    [[nodiscard]] EventRelay& events() { return events_; }

private:
    // --- The I/O thread's (turn.cpp).

    void run();
    Result<void> open_node();
    Result<void> make_drafts();
    // One round of everything; true if there was something to do.
    bool turn();
    // Nothing to do: goes on looking, or sleeps.
    void rest();
    // Whether it cannot have such a topic; then an event and the log have said why.
    bool refuses(const Node& node, std::string_view topic, const Qos& qos);
    std::size_t take_ready();
    bool hand_over();
    void restock();
    void drop_unused();
    void finish();

    // Counts what was published after the I/O thread had ended.
    void count_unsent();

    NodeOptions node_options_;
    RunnerOptions options_;
    std::mutex opening_;
    std::condition_variable opened_;
    std::optional<Result<void>> open_result_;
    std::mutex stop_mutex_;
    std::thread thread_;

    std::optional<Node> node_;
    std::unique_ptr<Draft[]> drafts_;
    std::size_t draft_count_ = 0;
    std::vector<Draft*> spent_;
    std::vector<std::unique_ptr<OutgoingTopic>> outgoing_;
    std::vector<std::unique_ptr<IncomingTopic>> incoming_;
    std::optional<Instant> idle_since_;
    RunnerStats stats_;

    std::atomic<bool> stopping_{false};
    std::atomic<bool> topic_unused_{false};
    Doorbell doorbell_;
    CallDesk desk_;
    EventRelay events_;
    moodycamel::ConcurrentQueue<Draft*> blanks_;
    moodycamel::ProducerToken blanks_token_;
    moodycamel::ConcurrentQueue<Draft*> ready_;
    moodycamel::ConsumerToken ready_token_;
};

}  // namespace mcast::detail
