#include "tools/mcast/bench/raw_ring.hpp"

#include <liburing.h>
#include <sys/socket.h>

// Behind sys/socket.h, which it needs and does not include.
#include <linux/udp.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "tools/mcast/bench/raw_messages.hpp"
#include "tools/mcast/bench/raw_socket.hpp"

namespace mcast::bench {
namespace {

constexpr unsigned kEntries = 64;
constexpr unsigned kBuffers = 64;  // a power of two
constexpr int kGroup = 1;
// A run of 64 KiB behind what io_uring and UDP_GRO put before it; a multiple of 64.
constexpr std::size_t kBufferSize = 65'536 + 64;
enum Tag : std::uint64_t { kData = 1, kAnswer = 2 };

// The ring itself: entered by one thread, which takes its completions when it asks for them.
class Ring {
public:
    Ring() = default;
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;
    ~Ring() {
        if (made_) io_uring_queue_exit(&ring_);
    }

    Result<void> make() {
        const int error = io_uring_queue_init(
            kEntries, &ring_, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
        made_ = error == 0;
        errno = -error;
        return made_ ? Result<void>() : system_error("raw ring: io_uring_queue_init");
    }
    io_uring* get() { return &ring_; }
    io_uring_sqe* next() {
        io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
        if (sqe == nullptr) {
            io_uring_submit(&ring_);
            sqe = io_uring_get_sqe(&ring_);
        }
        return sqe;
    }
    // Submits and takes completions in; waits for one, not beyond kNap, if it may.
    template <typename Handler>
    void turn(bool may_sleep, Handler&& handler) {
        if (io_uring_cq_ready(&ring_) > 0 || !may_sleep) {
            io_uring_submit_and_get_events(&ring_);
        } else {
            io_uring_cqe* first = nullptr;
            __kernel_timespec nap{0, Duration(kNap).count()};
            io_uring_submit_and_wait_timeout(&ring_, &first, 1, &nap, nullptr);
        }
        unsigned head = 0;
        unsigned count = 0;
        io_uring_cqe* cqe = nullptr;
        io_uring_for_each_cqe(&ring_, head, cqe) {
            handler(*cqe);
            ++count;
        }
        io_uring_cq_advance(&ring_, count);
    }

private:
    io_uring ring_{};
    bool made_ = false;
};

class RingSender final : public Sender {
public:
    RingSender(RawSocket data, RawSocket answers, const Case& what)
        : data_(std::move(data)), answers_(std::move(answers)), slots_(what) {
        answered_.assign(what.subscribers, 0);
    }
    Result<void> make() { return ring_.make(); }

    bool ready() override { return true; }
    std::size_t send(std::uint64_t first, std::size_t count, Duration time,
                     Duration step) override {
        for (std::size_t i = 0; i < count; ++i, time += step) {
            if (slots_.full()) transmit();
            slots_.add(first + i, static_cast<std::uint64_t>(time.count()));
        }
        return count;
    }
    void push() override {
        if (!slots_.empty()) transmit();
        listen(false);
    }
    void listen(bool may_sleep) override {
        if (!listening_) {
            io_uring_sqe* const sqe = ring_.next();
            if (sqe == nullptr) return;
            io_uring_prep_recv(sqe, answers_.fd(), answer_.data(), sizeof answer_, 0);
            io_uring_sqe_set_data64(sqe, kAnswer);
            listening_ = true;
        }
        ring_.turn(may_sleep, [this](const io_uring_cqe& cqe) { take(cqe); });
    }
    void sleep_until(Instant when) override {
        const Duration since = when.time_since_epoch();
        const timespec time{std::chrono::duration_cast<std::chrono::seconds>(since).count(),
                            (since % std::chrono::seconds(1)).count()};
        ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
        listen(false);
    }
    Counters counters() const override {
        return {{"datagrams", datagrams_}, {"calls", calls_}, {"send-errors", errors_}};
    }

private:
    void take(const io_uring_cqe& cqe) {
        if (cqe.user_data == kData) {
            sending_ = false;
            if (cqe.res < 0) ++errors_;
            return;
        }
        listening_ = false;
        if (cqe.res == static_cast<int>(sizeof answer_)) on_answer(answer_[0], answer_[1]);
    }
    void transmit() {
        const std::size_t used = slots_.used();
        iovec all{slots_.slot(0), slots_.run_size()};
        msghdr message{};
        message.msg_iov = &all;
        message.msg_iovlen = 1;
        message.msg_name = const_cast<sockaddr_in*>(&data_.group());
        message.msg_namelen = sizeof data_.group();
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
        if (used > 1) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            cmsghdr* const header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = IPPROTO_UDP;
            header->cmsg_type = UDP_SEGMENT;
            header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
            const auto size = static_cast<std::uint16_t>(slots_.datagram_size());
            std::memcpy(CMSG_DATA(header), &size, sizeof size);
        }
        io_uring_sqe* const sqe = ring_.next();
        if (sqe == nullptr) return;
        io_uring_prep_sendmsg(sqe, data_.fd(), &message, 0);
        io_uring_sqe_set_data64(sqe, kData);
        // The slots are free again when it is over, which for UDP is at once.
        for (sending_ = true; sending_;)
            ring_.turn(false, [this](const io_uring_cqe& cqe) { take(cqe); });
        datagrams_ += used;
        ++calls_;
        slots_.clear();
    }

    RawSocket data_;
    RawSocket answers_;
    RawSlots slots_;
    std::array<std::uint64_t, kMessageSizeMin / sizeof(std::uint64_t)> answer_{};
    bool listening_ = false;
    bool sending_ = false;
    std::uint64_t datagrams_ = 0;
    std::uint64_t calls_ = 0;
    std::uint64_t errors_ = 0;
    Ring ring_;  // the last: nothing that the kernel writes to goes before it
};

class RingReceiver final : public Receiver {
public:
    RingReceiver(RawSocket data, RawSocket answers, const Meeting& meeting)
        : index_(meeting.index),
          data_(std::move(data)),
          answers_(std::move(answers)),
          reader_(meeting.what),
          memory_(kBuffers * kBufferSize),
          // Page-aligned, as the kernel wants the ring of buffers.
          slots_(static_cast<io_uring_buf_ring*>(
                     std::aligned_alloc(4096, kBuffers * sizeof(io_uring_buf))),
                 std::free) {
        wanted_.msg_controllen = CMSG_SPACE(sizeof(int));
    }

    Result<void> make() {
        if (auto made = ring_.make(); !made) return made;
        io_uring_buf_reg registration{};
        registration.ring_addr = reinterpret_cast<std::uint64_t>(slots_.get());
        registration.ring_entries = kBuffers;
        registration.bgid = kGroup;
        const int error = io_uring_register_buf_ring(ring_.get(), &registration, 0);
        if (error != 0) {
            errno = -error;
            return system_error("raw ring: io_uring_register_buf_ring");
        }
        io_uring_buf_ring_init(slots_.get());
        for (unsigned i = 0; i < kBuffers; ++i)
            give_back(i);
        return {};
    }

    bool ready() override { return true; }
    void receive(Tally& tally, bool may_sleep) override {
        if (!armed_) {
            io_uring_sqe* const sqe = ring_.next();
            if (sqe == nullptr) return;
            io_uring_prep_recvmsg_multishot(sqe, data_.fd(), &wanted_, 0);
            sqe->flags |= IOSQE_BUFFER_SELECT;
            sqe->buf_group = kGroup;
            io_uring_sqe_set_data64(sqe, kData);
            armed_ = true;
        }
        bool any = false;
        ring_.turn(may_sleep, [&](const io_uring_cqe& cqe) {
            if (cqe.user_data != kData) return;
            if ((cqe.flags & IORING_CQE_F_MORE) == 0) armed_ = false;
            if (cqe.res < 0 || (cqe.flags & IORING_CQE_F_BUFFER) == 0) return;
            any = true;
            const unsigned buffer = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
            take(tally, memory_.data() + buffer * kBufferSize, cqe.res);
            give_back(buffer);
        });
        if (any) tally.on_batch(now());
    }
    void answer(std::uint64_t number) override {
        answer_ = {index_, number};
        io_uring_sqe* const sqe = ring_.next();
        if (sqe == nullptr) return;
        vector_ = {answer_.data(), sizeof answer_};
        message_ = {};
        message_.msg_iov = &vector_;
        message_.msg_iovlen = 1;
        message_.msg_name = const_cast<sockaddr_in*>(&answers_.group());
        message_.msg_namelen = sizeof answers_.group();
        io_uring_prep_sendmsg(sqe, answers_.fd(), &message_, 0);
        io_uring_sqe_set_data64(sqe, kAnswer);
        io_uring_submit(ring_.get());
    }
    Counters counters() const override {
        return {{"datagrams", reader_.datagrams()}, {"kernel-dropped", data_.dropped()}};
    }

private:
    void give_back(unsigned buffer) {
        io_uring_buf_ring_add(slots_.get(), memory_.data() + buffer * kBufferSize, kBufferSize,
                              static_cast<unsigned short>(buffer), io_uring_buf_ring_mask(kBuffers),
                              0);
        io_uring_buf_ring_advance(slots_.get(), 1);
    }
    void take(Tally& tally, std::byte* buffer, int length) {
        io_uring_recvmsg_out* const out = io_uring_recvmsg_validate(buffer, length, &wanted_);
        if (out == nullptr) return;
        const std::size_t size = io_uring_recvmsg_payload_length(out, length, &wanted_);
        std::size_t segment = size;  // without the control message it is one datagram
        for (cmsghdr* at = io_uring_recvmsg_cmsg_firsthdr(out, &wanted_); at != nullptr;
             at = io_uring_recvmsg_cmsg_nexthdr(out, &wanted_, at)) {
            int value = 0;
            if (at->cmsg_level != IPPROTO_UDP || at->cmsg_type != UDP_GRO) continue;
            std::memcpy(&value, CMSG_DATA(at), sizeof value);
            if (value > 0) segment = static_cast<std::size_t>(value);
        }
        reader_.read(tally, static_cast<const std::byte*>(io_uring_recvmsg_payload(out, &wanted_)),
                     size, segment);
    }

    std::uint64_t index_;
    RawSocket data_;
    RawSocket answers_;
    RawReader reader_;
    std::vector<std::byte> memory_;
    std::unique_ptr<io_uring_buf_ring, void (*)(void*)> slots_;
    msghdr wanted_{};
    msghdr message_{};
    iovec vector_{};
    std::array<std::uint64_t, kMessageSizeMin / sizeof(std::uint64_t)> answer_{};
    bool armed_ = false;
    Ring ring_;  // the last: nothing that the kernel writes to goes before it
};

template <typename End, typename Base>
Result<std::unique_ptr<Base>> finished(std::unique_ptr<End> end) {
    if (auto made = end->make(); !made) return made.error();
    return std::unique_ptr<Base>(std::move(end));
}

}  // namespace

Result<std::unique_ptr<Sender>> open_ring_sender(const Meeting& meeting) {
    auto data = RawSocket::sender(meeting.interface, RawSocket::Channel::Data);
    if (!data) return data.error();
    auto answers = RawSocket::receiver(meeting.interface, RawSocket::Channel::Answers);
    if (!answers) return answers.error();
    return finished<RingSender, Sender>(
        std::make_unique<RingSender>(std::move(*data), std::move(*answers), meeting.what));
}

Result<std::unique_ptr<Receiver>> open_ring_receiver(const Meeting& meeting) {
    auto data = RawSocket::receiver(meeting.interface, RawSocket::Channel::Data);
    if (!data) return data.error();
    auto answers = RawSocket::sender(meeting.interface, RawSocket::Channel::Answers);
    if (!answers) return answers.error();
    const int yes = 1;
    if (::setsockopt(data->fd(), IPPROTO_UDP, UDP_GRO, &yes, sizeof yes) != 0)
        return system_error("raw ring: UDP_GRO");
    return finished<RingReceiver, Receiver>(
        std::make_unique<RingReceiver>(std::move(*data), std::move(*answers), meeting));
}

}  // namespace mcast::bench
