#include "transports/socket/wait_set.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>

#include "transports/socket/receiver.hpp"
#include "transports/socket/system_error.hpp"

namespace mcast::socket {

namespace {

// Tags of what is not a socket; no Receiver has such an address.
constexpr std::uint64_t kWatched = 0;
constexpr std::uint64_t kWake = 1;

std::uint64_t tag_of(const Receiver& receiver) {
    return reinterpret_cast<std::uintptr_t>(&receiver);
}

// In milliseconds, rounded up so that the deadline has passed afterwards.
int milliseconds(const std::optional<Duration>& timeout) {
    if (!timeout) return -1;
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
    return static_cast<int>(std::min<std::int64_t>(rounded, std::numeric_limits<int>::max()));
}

// epoll_pwait2 counts in nanoseconds, since Linux 5.11; called by number, since the C library may
// be older than the kernel, and some sandboxes refuse it.
int wait_for(int epoll, epoll_event* events, int count, const std::optional<Duration>& timeout) {
    // Zero needs no nanoseconds, and the older call is the cheaper one.
    if (timeout && *timeout == Duration::zero()) return ::epoll_wait(epoll, events, count, 0);
#ifdef SYS_epoll_pwait2
    timespec time{};
    if (timeout) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(*timeout);
        time.tv_sec = seconds.count();
        time.tv_nsec = (*timeout - seconds).count();
    }
    const long result =
        ::syscall(SYS_epoll_pwait2, epoll, events, count, timeout ? &time : nullptr, nullptr, 0);
    if (result >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(result);
#endif
    return ::epoll_wait(epoll, events, count, milliseconds(timeout));
}

}  // namespace

Result<WaitSet> WaitSet::open() {
    WaitSet set;
    set.all_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!set.all_) return system_error("create an epoll instance", errno);
    set.control_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!set.control_) return system_error("create an epoll instance", errno);
    set.wake_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!set.wake_) return system_error("create an eventfd", errno);
    for (const FileDescriptor* epoll : {&set.all_, &set.control_}) {
        if (const int error = set.register_fd(*epoll, set.wake_.get(), kWake); error != 0)
            return system_error("wait for an eventfd", error);
    }
    return set;
}

int WaitSet::register_fd(const FileDescriptor& epoll, int fd, std::uint64_t tag) const {
    // Level-triggered: what is left in a socket is found again, and the kernel moves a socket that
    // it has reported behind the others.
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

int WaitSet::add(Receiver& receiver) {
    return register_fd(all_, receiver.socket.fd(), tag_of(receiver));
}

void WaitSet::remove(Receiver& receiver) {
    // Fails only for one that was never added.
    static_cast<void>(::epoll_ctl(all_.get(), EPOLL_CTL_DEL, receiver.socket.fd(), nullptr));
    std::replace(ready_.begin(), ready_.end(), &receiver, static_cast<Receiver*>(nullptr));
}

void WaitSet::watch(int fd) {
    // EEXIST: watched already. A descriptor that epoll cannot watch (EPERM: a regular file) is
    // always readable and needs no waiting for.
    static_cast<void>(register_fd(all_, fd, kWatched));
    static_cast<void>(register_fd(control_, fd, kWatched));
}

int WaitSet::show(int fd) const {
    return register_fd(all_, fd, kWatched);
}

void WaitSet::look_at_control() {
    if (take(control_.get(), Duration::zero())) woken_ = true;
}

void WaitSet::wake() const {
    const int saved = errno;  // a signal handler must not change it
    const std::uint64_t one = 1;
    // Fails only when 2^64 - 2 calls were not noticed yet: it is readable then all the same.
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
    errno = saved;
}

bool WaitSet::take(int epoll, std::optional<Duration> timeout) {
    ready_count_ = cursor_ = 0;
    std::array<epoll_event, kEventsMax> events;
    const int count = wait_for(epoll, events.data(), static_cast<int>(events.size()), timeout);
    bool woken = false;
    for (int i = 0; i < count; ++i) {
        const std::uint64_t tag = events[static_cast<std::size_t>(i)].data.u64;
        if (tag == kWake) {
            std::uint64_t calls = 0;
            [[maybe_unused]] const ssize_t length = ::read(wake_.get(), &calls, sizeof(calls));
            woken = true;
        } else if (tag != kWatched) {
            ready_[ready_count_++] = std::bit_cast<Receiver*>(static_cast<std::uintptr_t>(tag));
        }
    }
    return woken;
}

void WaitSet::wait(std::optional<Duration> timeout, bool with_sockets) {
    const bool known = with_sockets && cursor_ < ready_count_;
    if (take_wake() || known) return;
    take(with_sockets ? all_.get() : control_.get(), timeout);
}

Receiver* WaitSet::next() {
    while (cursor_ < ready_count_) {
        if (Receiver* receiver = ready_[cursor_++]) return receiver;
    }
    return nullptr;
}

void WaitSet::look() {
    // A call that comes between this and wait() must not be lost.
    if (take(all_.get(), Duration::zero())) woken_ = true;
}

}  // namespace mcast::socket
