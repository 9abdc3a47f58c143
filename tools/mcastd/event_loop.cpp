#include "tools/mcastd/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <utility>

namespace mcastd {

using mcast::Duration;
using mcast::Error;
using mcast::ErrorCode;
using mcast::FileDescriptor;
using mcast::Instant;
using mcast::kNever;
using mcast::Result;

namespace {

constexpr int kEventsAtATime = 64;

Error system_error(const char* step) {
    return {ErrorCode::System, errno, std::string(step) + ": " + std::strerror(errno)};
}

// Packs what epoll gives back: the number of the descriptor and which of its lives is meant.
std::uint64_t token_of(int descriptor, std::uint64_t generation) {
    return (generation << 32) | static_cast<std::uint32_t>(descriptor);
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::make() {
    FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return system_error("epoll_create1");
    return std::make_unique<EventLoop>(std::move(epoll));
}

EventLoop::~EventLoop() = default;

Instant EventLoop::now() {
    // The clock of libmcast's kernel hosts, so that deadlines of nodes and of the loop are one
    // time line.
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return Instant(std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec));
}

Result<void> EventLoop::watch(int descriptor, std::uint32_t events, Ready ready) {
    const auto known = watched_.find(descriptor);
    epoll_event event{};
    event.events = events;
    // 32 bits of generation: a stale event would need that many descriptors within one batch.
    const std::uint64_t generation =
        known == watched_.end() ? ++generation_ & 0xffffffff : known->second->generation;
    event.data.u64 = token_of(descriptor, generation);
    const int operation = known == watched_.end() ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(epoll_.get(), operation, descriptor, &event) != 0)
        return system_error("epoll_ctl");
    watched_[descriptor] = std::make_shared<Watched>(Watched{generation, std::move(ready)});
    return {};
}

void EventLoop::forget(int descriptor) {
    if (watched_.erase(descriptor) == 0) return;
    epoll_event unused{};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, &unused);
}

EventLoop::Timer EventLoop::add(Instant deadline, Duration interval,
                                std::function<void()> expired) {
    alarms_.emplace(deadline, Alarm{++timer_, interval, std::move(expired)});
    return timer_;
}

EventLoop::Timer EventLoop::at(Instant deadline, std::function<void()> expired) {
    return add(deadline, Duration::zero(), std::move(expired));
}

EventLoop::Timer EventLoop::every(Duration interval, std::function<void()> expired) {
    return add(now() + interval, interval, std::move(expired));
}

void EventLoop::cancel(Timer timer) {
    if (timer == running_) running_cancelled_ = true;
    const auto found = std::find_if(alarms_.begin(), alarms_.end(),
                                    [&](const auto& entry) { return entry.second.id == timer; });
    if (found != alarms_.end()) alarms_.erase(found);
}

Result<void> EventLoop::on_signals(std::initializer_list<int> signals,
                                   std::function<void(const Signal&)> handler) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : signals)
        sigaddset(&set, number);
    if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return system_error("pthread_sigmask");
    signals_ = FileDescriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!signals_) return system_error("signalfd");
    return watch(signals_.get(), EPOLLIN,
                 [this, handler = std::move(handler)](std::uint32_t) { take_signals(handler); });
}

void EventLoop::take_signals(const std::function<void(const Signal&)>& handler) {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        handler({static_cast<int>(info.ssi_signo), static_cast<pid_t>(info.ssi_pid),
                 static_cast<uid_t>(info.ssi_uid)});
    }
}

void EventLoop::add_turn(std::function<Instant()> turn) {
    turns_.push_back(std::move(turn));
}

void EventLoop::run_timers() {
    const Instant until = now();
    while (!alarms_.empty() && alarms_.begin()->first <= until && !stopped_) {
        auto node = alarms_.extract(alarms_.begin());
        running_ = node.mapped().id;
        running_cancelled_ = false;
        node.mapped().expired();
        running_ = 0;
        if (node.mapped().interval == Duration::zero() || running_cancelled_) continue;
        node.key() = std::max(node.key() + node.mapped().interval, until);
        // Behind `until`, so that a short interval cannot keep this loop busy for ever.
        if (node.key() <= until) node.key() = until + node.mapped().interval;
        alarms_.insert(std::move(node));
    }
}

void EventLoop::run_once(Instant deadline) {
    for (std::size_t i = 0; i < turns_.size(); ++i)
        deadline = std::min(deadline, turns_[i]());
    if (!alarms_.empty()) deadline = std::min(deadline, alarms_.begin()->first);
    const Instant begin = busy_poll_ == Duration::zero() && deadline == kNever ? Instant{} : now();
    const Duration left =
        begin < awake_until_ ? Duration::zero() : std::max(deadline - begin, Duration::zero());
    const timespec timeout{
        std::chrono::duration_cast<std::chrono::seconds>(left).count(),
        static_cast<long>((left % std::chrono::seconds(1)).count())};  // NOLINT: timespec's type
    std::array<epoll_event, kEventsAtATime> events{};
    const int count = ::epoll_pwait2(
        epoll_.get(), events.data(), kEventsAtATime,
        deadline == kNever && left != Duration::zero() ? nullptr : &timeout, nullptr);
    if (count > 0 && busy_poll_ != Duration::zero()) awake_until_ = begin + busy_poll_;
    for (int i = 0; i < count && !stopped_; ++i) {
        const std::uint64_t token = events[static_cast<std::size_t>(i)].data.u64;
        const auto found = watched_.find(static_cast<int>(token & 0xffffffff));
        if (found == watched_.end() || found->second->generation != token >> 32) continue;
        // Kept, since a handler may forget itself.
        const std::shared_ptr<Watched> watched = found->second;
        watched->ready(events[static_cast<std::size_t>(i)].events);
    }
    run_timers();
}

void EventLoop::run() {
    stopped_ = false;
    while (!stopped_)
        run_once(kNever);
}

}  // namespace mcastd
