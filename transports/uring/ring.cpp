#include "transports/uring/ring.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "mcast/assert.hpp"
#include "transports/uring/refusal.hpp"

// Newer than liburing 2.3; the numbers are those of linux/io_uring.h.
namespace {

constexpr unsigned kRegisterNapi = 27;  // IORING_REGISTER_NAPI, Linux 6.9

struct NapiSettings {  // struct io_uring_napi
    std::uint32_t busy_poll_to;
    std::uint8_t prefer_busy_poll;
    std::uint8_t pad[3];
    std::uint64_t resv;
};

}  // namespace

namespace mcast::uring {

namespace {

// One issuer and deferred work: no interrupt by the kernel, no lock, and the flag in memory says
// whether there is anything to let in. A request that is wrong does not hold up those behind it.
constexpr unsigned kSetup = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                            IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL |
                            IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;

// How often to try again while the kernel is short of memory for requests.
constexpr int kSubmitAttempts = 3;

// The kernel knows a ring by the thread that opened it (SINGLE_ISSUER).
void check_thread(int result) {
    MCAST_ASSERT(result != -EEXIST, "a node over io_uring stays on the thread that made its host");
}

__kernel_timespec to_timespec(Duration duration) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    return {.tv_sec = seconds.count(), .tv_nsec = (duration - seconds).count()};
}

}  // namespace

Result<std::unique_ptr<Ring>> Ring::open() {
    std::unique_ptr<Ring> ring(new Ring);
    io_uring_params parameters{};
    parameters.flags = kSetup;
    parameters.cq_entries = kCompletions;
    if (const int result = io_uring_queue_init_params(kRequests, &ring->ring_, &parameters);
        result < 0)
        return refusal(Step::Setup, -result, present_facts());
    ring->open_ = true;
    if (const std::optional<Error> missing = missing_operation(ring->ring_)) return *missing;
    // Without it each request looks its descriptor up: slower, not wrong.
    ring->has_files_ = io_uring_register_files_sparse(&ring->ring_, kFiles) == 0;
    return ring;
}

Ring::~Ring() {
    if (open_) io_uring_queue_exit(&ring_);
}

io_uring_sqe* Ring::request() {
    if (io_uring_sqe* entry = io_uring_get_sqe(&ring_)) return entry;
    submit();
    return io_uring_get_sqe(&ring_);
}

void Ring::submit() {
    for (int attempt = 0; attempt < kSubmitAttempts && io_uring_sq_ready(&ring_) > 0; ++attempt) {
        const int result = io_uring_submit(&ring_);
        check_thread(result);
        // Completions that did not fit into the ring have to be let in before.
        if (result == -EBUSY || result == -EAGAIN) static_cast<void>(io_uring_get_events(&ring_));
    }
    // Nothing may point to what the caller is about to use again.
    if (const unsigned left = io_uring_sq_ready(&ring_); left > 0) refuse(left);
}

// Turns the newest requests into ones that do nothing; the kernel may take those later.
void Ring::refuse(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        io_uring_sqe& entry = ring_.sq.sqes[(ring_.sq.sqe_tail - 1 - i) & *ring_.sq.kring_mask];
        if (entry.opcode != IORING_OP_NOP && refused_count_ < refused_.size())
            refused_[refused_count_++] = {entry.user_data, -EAGAIN, 0};
        io_uring_prep_nop(&entry);
        entry.flags = IOSQE_CQE_SKIP_SUCCESS;
        entry.user_data = 0;
    }
}

void Ring::look() {
    const unsigned flags = IO_URING_READ_ONCE(*ring_.sq.kflags);
    if (io_uring_sq_ready(&ring_) > 0)
        check_thread(io_uring_submit_and_get_events(&ring_));
    else if ((flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0)
        check_thread(io_uring_get_events(&ring_));
}

void Ring::wait(std::optional<Duration> timeout) {
    __kernel_timespec time{};
    if (timeout) time = to_timespec(*timeout);
    io_uring_cqe* first = nullptr;
    // ETIME and EINTR are ends like any other.
    static_cast<void>(
        io_uring_submit_and_wait_timeout(&ring_, &first, 1, timeout ? &time : nullptr, nullptr));
}

int Ring::cancel(io_uring_sync_cancel_reg& which) {
    which.fd = -1;
    which.timeout = {.tv_sec = -1, .tv_nsec = -1};
    const int result = io_uring_register_sync_cancel(&ring_, &which);
    return result < 0 ? -result : 0;
}

int Ring::cancel(std::uint64_t user_data) {
    io_uring_sync_cancel_reg which{};
    which.addr = user_data;
    which.flags = IORING_ASYNC_CANCEL_ALL;
    return cancel(which);
}

int Ring::cancel_all() {
    io_uring_sync_cancel_reg which{};
    which.flags = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY;
    return cancel(which);
}

void Ring::register_file(unsigned entry, int fd) {
    if (!has_files_ || entry >= kFiles) return;
    registered_[entry] = io_uring_register_files_update(&ring_, entry, &fd, 1) == 1;
}

void Ring::forget_file(unsigned entry) {
    if (entry >= kFiles || !registered_[entry]) return;
    const int none = -1;
    static_cast<void>(io_uring_register_files_update(&ring_, entry, &none, 1));
    registered_[entry] = false;
}

void Ring::use_file(io_uring_sqe& request, unsigned entry) const {
    if (entry >= kFiles || !registered_[entry]) return;
    request.fd = static_cast<int>(entry);
    request.flags |= IOSQE_FIXED_FILE;
}

int Ring::register_buffers(io_uring_buf_ring* ring, unsigned entries, unsigned short group) {
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(ring);
    registration.ring_entries = entries;
    registration.bgid = group;
    const int result = io_uring_register_buf_ring(&ring_, &registration, 0);
    return result < 0 ? -result : 0;
}

int Ring::register_napi(Duration busy_poll) {
    const auto microseconds =
        std::chrono::duration_cast<std::chrono::microseconds>(busy_poll).count();
    NapiSettings settings{};
    settings.busy_poll_to =
        static_cast<std::uint32_t>(std::min<std::int64_t>(microseconds, UINT32_MAX));
    settings.prefer_busy_poll = 1;
    const long result =
        ::syscall(SYS_io_uring_register, ring_.ring_fd, kRegisterNapi, &settings, 1);
    return result < 0 ? errno : 0;
}

}  // namespace mcast::uring
