#include <sys/socket.h>

// Behind sys/socket.h, which it needs and does not include.
#include <linux/udp.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

#include "tools/mcast/bench/raw_ends.hpp"
#include "tools/mcast/bench/raw_messages.hpp"
#include "tools/mcast/bench/raw_socket.hpp"

namespace mcast::bench {
namespace {

// Fills slots, one behind the other, with messages and sends them when all are full.
class RawSender final : public Sender {
public:
    RawSender(RawSocket data, RawSocket answers, const Case& what)
        : what_(what),
          data_(std::move(data)),
          answers_(std::move(answers)),
          slots_(what),
          vectors_(slots_.count()),
          messages_(slots_.count()) {
        answered_.assign(what.subscribers, 0);
        for (std::size_t i = 0; i < slots_.count(); ++i) {
            vectors_[i].iov_base = slots_.slot(i);
            messages_[i].msg_hdr = {};
            messages_[i].msg_hdr.msg_iov = &vectors_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
            messages_[i].msg_hdr.msg_name = const_cast<sockaddr_in*>(&data_.group());
            messages_[i].msg_hdr.msg_namelen = sizeof data_.group();
        }
    }

    // Nobody knows of anybody; the receiving ends say when they are there.
    bool ready() override { return true; }

    std::size_t send(std::uint64_t first, std::size_t count, Duration time,
                     Duration step) override {
        for (std::size_t i = 0; i < count; ++i, time += step) {
            if (slots_.full() && !transmit()) return i;
            slots_.add(first + i, static_cast<std::uint64_t>(time.count()));
        }
        return count;
    }

    void push() override {
        while (!slots_.empty() && !transmit()) {
        }
        listen(false);
    }

    void listen(bool may_sleep) override {
        std::array<std::uint64_t, kMessageSizeMin / sizeof(std::uint64_t)> answer{};
        // Several ends may have answered; only for the first of them is there a reason to sleep.
        for (int flags = may_sleep ? 0 : MSG_DONTWAIT;; flags = MSG_DONTWAIT) {
            const ssize_t size = ::recv(answers_.fd(), answer.data(), sizeof answer, flags);
            if (size < static_cast<ssize_t>(sizeof answer)) return;
            on_answer(answer[0], answer[1]);
        }
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
    // False if the device was busy; all is kept then.
    bool transmit() {
        const std::size_t used = slots_.used();
        for (std::size_t i = 0; i < used; ++i)
            vectors_[i].iov_len = slots_.size_of(i);
        ++calls_;
        const bool sent = what_.path == Path::RawSingle   ? send_single()
                          : what_.path == Path::RawPacked ? send_packed(used)
                                                          : send_run(used);
        if (!sent && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)) return false;
        if (!sent) ++errors_;
        datagrams_ += used;
        slots_.clear();
        return true;
    }

    bool send_single() {
        return ::sendto(data_.fd(), vectors_[0].iov_base, vectors_[0].iov_len, 0,
                        reinterpret_cast<const sockaddr*>(&data_.group()),
                        sizeof data_.group()) >= 0;
    }
    bool send_packed(std::size_t used) {
        for (std::size_t sent = 0; sent < used;) {
            const int count = ::sendmmsg(data_.fd(), messages_.data() + sent,
                                         static_cast<unsigned>(used - sent), 0);
            // A part that has left must not leave again: only the first may say "busy".
            if (count < 0 && sent == 0) return false;
            if (count < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) return false;
            if (count > 0) sent += static_cast<std::size_t>(count);
        }
        return true;
    }
    bool send_run(std::size_t used) {
        msghdr message = messages_[0].msg_hdr;
        iovec all{slots_.slot(0), slots_.run_size()};
        message.msg_iov = &all;
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
        return ::sendmsg(data_.fd(), &message, 0) >= 0;
    }

    Case what_;
    RawSocket data_;
    RawSocket answers_;
    RawSlots slots_;
    std::vector<iovec> vectors_;
    std::vector<mmsghdr> messages_;
    std::uint64_t datagrams_ = 0;
    std::uint64_t calls_ = 0;
    std::uint64_t errors_ = 0;
};

}  // namespace

Result<std::unique_ptr<Sender>> open_raw_sender(const Meeting& meeting) {
    auto data = RawSocket::sender(meeting.interface, RawSocket::Channel::Data);
    if (!data) return data.error();
    auto answers = RawSocket::receiver(meeting.interface, RawSocket::Channel::Answers);
    if (!answers) return answers.error();
    return std::unique_ptr<Sender>(
        std::make_unique<RawSender>(std::move(*data), std::move(*answers), meeting.what));
}

}  // namespace mcast::bench
