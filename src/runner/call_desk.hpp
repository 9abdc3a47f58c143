#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "mcast/node.hpp"

namespace mcast::detail {

// Work for the I/O thread that others wait for: rare and slow, unlike the queues.
class CallDesk {
public:
    using Work = void (*)(void* target, Node& node);

    // Waits until the I/O thread has done it; `ring` is called to wake that. False: closed.
    template <typename Ring>
    bool call(Work work, void* target, Ring&& ring) {
        Call mine{work, target};
        std::unique_lock lock(mutex_);
        if (closed_) return false;
        waiting_.push_back(&mine);
        // Relaxed: the I/O thread looks again under the lock.
        pending_.store(true, std::memory_order_relaxed);
        lock.unlock();
        ring();
        lock.lock();
        answered_.wait(lock, [&] { return mine.answered; });
        return mine.done;
    }

    // The I/O thread's: does what was asked for; true if there was something.
    bool serve(Node& node) {
        if (!pending_.load(std::memory_order_relaxed)) return false;
        std::unique_lock lock(mutex_);
        pending_.store(false, std::memory_order_relaxed);
        const std::vector<Call*> calls = std::exchange(waiting_, {});
        lock.unlock();
        for (Call* call : calls) {
            call->work(call->target, node);
            call->done = true;
        }
        answer(calls);
        return true;
    }
    // No more calls; those that wait come back undone.
    void close() {
        std::unique_lock lock(mutex_);
        closed_ = true;
        const std::vector<Call*> calls = std::exchange(waiting_, {});
        lock.unlock();
        answer(calls);
    }

private:
    struct Call {
        Work work;
        void* target;
        bool done = false;
        bool answered = false;
    };

    void answer(const std::vector<Call*>& calls) {
        const std::lock_guard lock(mutex_);
        for (Call* call : calls)
            call->answered = true;
        answered_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable answered_;
    std::vector<Call*> waiting_;
    bool closed_ = false;
    std::atomic<bool> pending_{false};
};

}  // namespace mcast::detail
