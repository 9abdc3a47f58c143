#include <sys/socket.h>

// Behind sys/socket.h, which it needs and does not include.
#include <linux/udp.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <vector>

#include "tools/mcast/bench/raw_ends.hpp"
#include "tools/mcast/bench/raw_messages.hpp"
#include "tools/mcast/bench/raw_socket.hpp"

namespace mcast::bench {
namespace {

constexpr unsigned kCallBatch = 64;  // datagrams in a recvmmsg
// A smaller buffer would truncate what UDP_GRO put together.
constexpr std::size_t kAggregateMax = 65'536;

class RawReceiver final : public Receiver {
public:
    RawReceiver(RawSocket data, RawSocket answers, const Meeting& meeting)
        : what_(meeting.what),
          index_(meeting.index),
          data_(std::move(data)),
          answers_(std::move(answers)),
          reader_(what_),
          memory_(what_.path == Path::RawPacked ? kCallBatch * kDatagramSize : kAggregateMax),
          vectors_(kCallBatch),
          messages_(kCallBatch) {
        if (what_.path != Path::RawPacked) return;
        for (std::size_t i = 0; i < kCallBatch; ++i) {
            vectors_[i] = {memory_.data() + i * kDatagramSize, kDatagramSize};
            messages_[i].msg_hdr = {};
            messages_[i].msg_hdr.msg_iov = &vectors_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    bool ready() override { return true; }

    void receive(Tally& tally, bool may_sleep) override {
        const int flags = may_sleep ? 0 : MSG_DONTWAIT;
        const bool any = what_.path == Path::RawSingle   ? receive_single(tally, flags)
                         : what_.path == Path::RawPacked ? receive_packed(tally, flags)
                                                         : receive_run(tally, flags);
        if (any) tally.on_batch(now());
    }

    void answer(std::uint64_t number) override {
        // As large as the smallest message, since round trips are made of it.
        const std::array<std::uint64_t, kMessageSizeMin / sizeof(std::uint64_t)> answer{index_,
                                                                                        number};
        ::sendto(answers_.fd(), answer.data(), sizeof answer, 0,
                 reinterpret_cast<const sockaddr*>(&answers_.group()), sizeof answers_.group());
    }

    Counters counters() const override {
        return {{"datagrams", reader_.datagrams()}, {"kernel-dropped", data_.dropped()}};
    }

private:
    bool receive_single(Tally& tally, int flags) {
        sockaddr_in source{};
        socklen_t source_size = sizeof source;
        const ssize_t size = ::recvfrom(data_.fd(), memory_.data(), memory_.size(), flags,
                                        reinterpret_cast<sockaddr*>(&source), &source_size);
        if (size <= 0) return false;
        const auto whole = static_cast<std::size_t>(size);
        reader_.read(tally, memory_.data(), whole, whole);
        return true;
    }

    bool receive_packed(Tally& tally, int flags) {
        const int count =
            ::recvmmsg(data_.fd(), messages_.data(), kCallBatch, flags | MSG_WAITFORONE, nullptr);
        for (int i = 0; i < count; ++i) {
            const auto slot = static_cast<std::size_t>(i);
            reader_.read(tally, memory_.data() + slot * kDatagramSize, messages_[slot].msg_len,
                         kDatagramSize);
        }
        return count > 0;
    }

    bool receive_run(Tally& tally, int flags) {
        msghdr message{};
        iovec all{memory_.data(), memory_.size()};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        message.msg_iov = &all;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t received = ::recvmsg(data_.fd(), &message, flags);
        if (received <= 0) return false;
        const auto size = static_cast<std::size_t>(received);
        std::size_t segment = size;  // without the control message it is one datagram
        for (cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
            if (at->cmsg_level != IPPROTO_UDP || at->cmsg_type != UDP_GRO) continue;
            int value = 0;
            std::memcpy(&value, CMSG_DATA(at), sizeof value);
            if (value > 0) segment = static_cast<std::size_t>(value);
        }
        reader_.read(tally, memory_.data(), size, segment);
        return true;
    }

    Case what_;
    std::uint64_t index_;
    RawSocket data_;
    RawSocket answers_;
    RawReader reader_;
    std::vector<std::byte> memory_;
    std::vector<iovec> vectors_;
    std::vector<mmsghdr> messages_;
};

}  // namespace

Result<std::unique_ptr<Receiver>> open_raw_receiver(const Meeting& meeting) {
    auto data = RawSocket::receiver(meeting.interface, RawSocket::Channel::Data);
    if (!data) return data.error();
    auto answers = RawSocket::sender(meeting.interface, RawSocket::Channel::Answers);
    if (!answers) return answers.error();
    const int yes = 1;
    const Path path = meeting.what.path;
    if ((path == Path::RawSegmented || path == Path::RawCapnp) &&
        ::setsockopt(data->fd(), IPPROTO_UDP, UDP_GRO, &yes, sizeof yes) != 0)
        return system_error("raw socket: UDP_GRO");
    return std::unique_ptr<Receiver>(
        std::make_unique<RawReceiver>(std::move(*data), std::move(*answers), meeting));
}

}  // namespace mcast::bench
