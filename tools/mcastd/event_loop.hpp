#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"

namespace mcastd {

// A signal, and who sent it.
struct Signal {
    int number = 0;
    pid_t pid = 0;  // 0: the kernel
    uid_t uid = 0;
};

// The daemon's one thread: descriptors, deadlines, signals, and turns for what has deadlines of its
// own. Handlers may watch, forget, set, cancel and stop() whatever they like, themselves too.
class EventLoop {
public:
    using Ready = std::function<void(std::uint32_t events)>;  // EPOLLIN, …
    using Timer = std::uint64_t;                              // 0: none

    static mcast::Result<std::unique_ptr<EventLoop>> make();
    // make()'s.
    explicit EventLoop(mcast::FileDescriptor epoll) : epoll_(std::move(epoll)) {}
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop();

    [[nodiscard]] static mcast::Instant now();

    // Calls `ready` whenever one of `events` holds (level-triggered), until forget(); the
    // descriptor stays the caller's. Watching one again replaces what was said before.
    mcast::Result<void> watch(int descriptor, std::uint32_t events, Ready ready);
    // Before the descriptor is closed. Unknown ones are ignored.
    void forget(int descriptor);

    // Once, when the time has come.
    Timer at(mcast::Instant deadline, std::function<void()> expired);
    // Again and again; what was missed is not made up for.
    Timer every(mcast::Duration interval, std::function<void()> expired);
    void cancel(Timer timer);

    // Blocks these signals for this thread and those it starts from now on, and calls the handler
    // instead. Once for a loop.
    mcast::Result<void> on_signals(std::initializer_list<int> signals,
                                   std::function<void(const Signal&)> handler);

    // `turn` runs before each sleep and says until when the loop may sleep at most: the poll() and
    // next_deadline() of a node. Watch its descriptor with an empty handler.
    void add_turn(std::function<mcast::Instant()> turn);

    // A sleep looks so long for events before it really sleeps, counted from the last one.
    void set_busy_poll(mcast::Duration duration) {
        busy_poll_ = duration;
        awake_until_ = {};
    }

    // Runs until stop().
    void run();
    // One sleep, not beyond `deadline`, and what it brought.
    void run_once(mcast::Instant deadline);
    void stop() { stopped_ = true; }

private:
    struct Watched {
        std::uint64_t generation = 0;  // tells a descriptor from an earlier one of its number
        Ready ready;
    };
    struct Alarm {
        Timer id = 0;
        mcast::Duration interval{};  // 0: once
        std::function<void()> expired;
    };

    Timer add(mcast::Instant deadline, mcast::Duration interval, std::function<void()> expired);
    void run_timers();
    void take_signals(const std::function<void(const Signal&)>& handler);

    mcast::FileDescriptor epoll_;
    mcast::FileDescriptor signals_;
    std::map<int, std::shared_ptr<Watched>> watched_;
    std::multimap<mcast::Instant, Alarm> alarms_;
    std::vector<std::function<mcast::Instant()>> turns_;
    std::uint64_t generation_ = 0;
    Timer timer_ = 0;
    Timer running_ = 0;  // the alarm whose handler runs
    bool running_cancelled_ = false;
    bool stopped_ = false;
    mcast::Duration busy_poll_{};
    mcast::Instant awake_until_{};
};

}  // namespace mcastd
