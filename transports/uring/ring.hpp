#pragma once

#include <liburing.h>

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>

#include "mcast/result.hpp"
#include "mcast/time.hpp"

namespace mcast::uring {

struct Completion {
    std::uint64_t user_data;
    int result;
    unsigned flags;  // IORING_CQE_F_…
};

// One io_uring of the thread that opened it: DEFER_TASKRUN, so that what completes does so within
// calls of this class and never interrupts. What is returned as int is an errno, or 0.
class Ring {
public:
    // Requests between two calls of submit(): a batch of sends and all that has to be armed again.
    static constexpr unsigned kRequests = 256;
    // More than can be under way at a time, so that the kernel has no need to keep any itself.
    static constexpr unsigned kCompletions = 2048;
    // Entries for registered files; further ones are passed as descriptors.
    static constexpr unsigned kFiles = 64;

    // The Error says which step failed, and what to do about it.
    static Result<std::unique_ptr<Ring>> open();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    ~Ring();

    // One more request, cleared; null while the kernel takes none.
    [[nodiscard]] io_uring_sqe* request();
    // Hands all requests to the kernel, which is done with what they point to when it is a send.
    // What it does not take completes with EAGAIN.
    void submit();

    // Submits, and lets in what has completed. No system call if there is nothing to do.
    void look();
    // Until something has completed, or for `timeout`; for ever without one.
    void wait(std::optional<Duration> timeout);

    // Calls `visitor` with each completion that is new. The last one stays in the ring, so that
    // fd() is readable, until let_go().
    template <typename Visitor>
    void visit(Visitor&& visitor) {
        for (; refused_count_ > 0; --refused_count_)
            visitor(refused_[refused_count_ - 1]);
        unsigned head = 0;
        unsigned count = 0;
        const io_uring_cqe* completion = nullptr;
        io_uring_for_each_cqe(&ring_, head, completion) {
            if (count++ >= kept_)
                visitor(Completion{completion->user_data, completion->res, completion->flags});
        }
        if (count == 0) return;
        io_uring_cq_advance(&ring_, count - 1);
        kept_ = 1;
    }
    void let_go() {
        if (kept_ == 0) return;
        io_uring_cq_advance(&ring_, 1);
        kept_ = 0;
    }

    // Ends all requests with this user_data; they complete in the next look().
    int cancel(std::uint64_t user_data);
    int cancel_all();
    // Requests for `fd` that name this entry need not look the descriptor up. Beyond kFiles, or
    // where the kernel refuses, nothing happens.
    void register_file(unsigned entry, int fd);
    void forget_file(unsigned entry);
    // Lets a request that is complete use the entry, if it is registered.
    void use_file(io_uring_sqe& request, unsigned entry) const;
    // `entries` of `ring` are a power of two; they must stay while this ring lives.
    int register_buffers(io_uring_buf_ring* ring, unsigned entries, unsigned short group);
    // The kernel asks devices for arrivals that long before it puts us to sleep.
    int register_napi(Duration busy_poll);

    // Readable while a completion is in the ring; one that is due but not let in does not show.
    [[nodiscard]] int fd() const { return ring_.ring_fd; }

private:
    Ring() = default;
    void refuse(unsigned count);
    int cancel(io_uring_sync_cancel_reg& which);

    io_uring ring_{};
    bool open_ = false;
    bool has_files_ = false;
    unsigned kept_ = 0;
    std::bitset<kFiles> registered_;
    unsigned refused_count_ = 0;
    std::array<Completion, kRequests> refused_{};
};

}  // namespace mcast::uring
