#include <sys/socket.h>

// Behind sys/socket.h, which it needs and does not include.
#include <linux/udp.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

#include "mcast/message.hpp"
#include "tools/mcast/bench/raw_ends.hpp"
#include "tools/mcast/bench/raw_socket.hpp"

namespace mcast::bench {
namespace {

constexpr std::size_t kCallBatch = 32;     // datagrams in a sendmmsg; more gain nothing
constexpr std::size_t kSegmentsMax = 128;  // UDP_MAX_SEGMENTS, include/linux/udp.h
// gso_max_size (65,536) without the headers: what is longer is segmented on its way.
constexpr std::size_t kRunSizeMax = 65'494;

// How many datagrams of this size leave with one call.
std::size_t slots_of(Path path, std::size_t datagram_size) {
    if (path == Path::RawSingle) return 1;
    if (path == Path::RawPacked) return kCallBatch;
    return std::min(kSegmentsMax, kRunSizeMax / datagram_size);
}

// Fills slots, one behind the other, with messages and sends them when all are full.
class RawSender final : public Sender {
public:
    RawSender(RawSocket data, RawSocket answers, const Case& what)
        : what_(what),
          data_(std::move(data)),
          answers_(std::move(answers)),
          content_(what.size),
          in_datagram_(what.messages_in_datagram()),
          // One message alone needs no header: that is the floor of all that can be done.
          header_size_(what.path == Path::RawSingle ? 0 : kHeaderSize),
          datagram_size_(header_size_ + in_datagram_ * what.size),
          slot_count_(slots_of(what.path, datagram_size_)),
          memory_(slot_count_ * datagram_size_),
          vectors_(slot_count_),
          messages_(slot_count_) {
        answered_.assign(what.subscribers, 0);
        for (std::size_t i = 0; i < slot_count_; ++i) {
            vectors_[i].iov_base = memory_.data() + i * datagram_size_;
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
            if (filled_ == slot_count_ * in_datagram_ && !transmit()) return i;
            std::byte* const to = memory_.data() + filled_ / in_datagram_ * datagram_size_ +
                                  header_size_ + filled_ % in_datagram_ * what_.size;
            const auto stamp = static_cast<std::uint64_t>(time.count());
            if (what_.path == Path::RawCapnp)
                build(to, first + i, stamp);
            else
                content_.write(to, first + i, stamp);
            ++filled_;
        }
        return count;
    }

    void push() override {
        while (filled_ > 0 && !transmit()) {
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
    void build(std::byte* to, std::uint64_t number, std::uint64_t time) const {
        std::memset(to, 0, what_.size);
        detail::RoomBuilder builder(
            {to + sizeof(std::uint64_t), what_.size - sizeof(std::uint64_t)});
        if (what_.size == kQuoteSize)
            fill(builder.initRoot<Quote>(), number, time, what_.size);
        else
            fill(builder.initRoot<Block>(), number, time, what_.size);
        // The segment table: one segment (0 more), its length in words.
        const auto words = static_cast<std::uint32_t>(builder.getSegmentsForOutput()[0].size());
        std::memcpy(to + sizeof words, &words, sizeof words);
    }

    // False if the device was busy; all is kept then.
    bool transmit() {
        const std::size_t used = (filled_ + in_datagram_ - 1) / in_datagram_;
        const std::size_t last = filled_ - (used - 1) * in_datagram_;
        for (std::size_t i = 0; i < used; ++i)
            vectors_[i].iov_len = header_size_ + (i + 1 < used ? in_datagram_ : last) * what_.size;
        ++calls_;
        const bool sent = what_.path == Path::RawSingle   ? send_single()
                          : what_.path == Path::RawPacked ? send_packed(used)
                                                          : send_run(used);
        if (!sent && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)) return false;
        if (!sent) ++errors_;
        datagrams_ += used;
        filled_ = 0;
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
        iovec all{memory_.data(), (used - 1) * datagram_size_ + vectors_[used - 1].iov_len};
        message.msg_iov = &all;
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
        if (used > 1) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            cmsghdr* const header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = IPPROTO_UDP;
            header->cmsg_type = UDP_SEGMENT;
            header->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
            const auto size = static_cast<std::uint16_t>(datagram_size_);
            std::memcpy(CMSG_DATA(header), &size, sizeof size);
        }
        return ::sendmsg(data_.fd(), &message, 0) >= 0;
    }

    Case what_;
    RawSocket data_;
    RawSocket answers_;
    Content content_;
    std::size_t in_datagram_;
    std::size_t header_size_;
    std::size_t datagram_size_;
    std::size_t slot_count_;
    std::vector<std::byte> memory_;
    std::vector<iovec> vectors_;
    std::vector<mmsghdr> messages_;
    std::size_t filled_ = 0;  // messages in the slots
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
