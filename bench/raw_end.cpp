// The raw path beside which libmcast is measured: one multicast socket at each end, datagrams of
// the same sizes by sendmmsg and recvmmsg, the messages written and read bytewise. No GSO, as in
// the transport it is compared with.
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "bench/end.hpp"

namespace benchmarks {

namespace {

using Time = std::chrono::steady_clock;

constexpr std::size_t kDatagramSize = 1472;
constexpr std::size_t kHeaderSize = 64;  // as libmcast's, so that as many messages fit
constexpr unsigned kSendBatch = 32;
constexpr unsigned kReceiveBatch = 64;
constexpr std::uint16_t kPort = 7500;
constexpr int kReceiveBuffer = 4 << 20;

void require(bool condition, const char* what) {
    if (condition) return;
    std::perror(what);
    std::exit(1);
}

std::size_t messages_in_datagram(const End& end) {
    return end.path == "single" ? 1 : (kDatagramSize - kHeaderSize) / end.message_size;
}

sockaddr_in group() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(kPort);
    address.sin_addr.s_addr = inet_addr("239.255.75.75");
    return address;
}

struct Batch {
    explicit Batch(unsigned count) : memory(count * kDatagramSize), vectors(count), headers(count) {
        for (unsigned i = 0; i < count; ++i) {
            vectors[i] = {memory.data() + i * kDatagramSize, kDatagramSize};
            headers[i].msg_hdr = {};
            headers[i].msg_hdr.msg_iov = &vectors[i];
            headers[i].msg_hdr.msg_iovlen = 1;
        }
    }
    std::vector<std::byte> memory;
    std::vector<iovec> vectors;
    std::vector<mmsghdr> headers;
};

void write_message(std::byte* to, std::size_t size, std::uint64_t number) {
    std::memset(to, static_cast<int>(number), size);
    std::memcpy(to, &number, sizeof number);
}

}  // namespace

std::uint64_t send_raw(const End& end) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    require(fd >= 0, "socket");
    ip_mreqn interface {};
    interface.imr_ifindex = static_cast<int>(if_nametoindex(end.interface.c_str()));
    require(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) == 0,
            "IP_MULTICAST_IF");
    sockaddr_in to = group();
    const std::size_t count = messages_in_datagram(end);
    Batch batch(kSendBatch);
    for (unsigned i = 0; i < kSendBatch; ++i) {
        batch.headers[i].msg_hdr.msg_name = &to;
        batch.headers[i].msg_hdr.msg_namelen = sizeof to;
        batch.vectors[i].iov_len = kHeaderSize + count * end.message_size;
    }
    std::uint64_t number = 0;
    for (const auto stop = Time::now() + end.duration; Time::now() < stop;) {
        for (unsigned i = 0; i < kSendBatch; ++i) {
            auto* at = static_cast<std::byte*>(batch.vectors[i].iov_base);
            std::memset(at, 0, kHeaderSize);
            at += kHeaderSize;
            for (std::size_t n = 0; n < count; ++n, at += end.message_size)
                write_message(at, end.message_size, ++number);
        }
        require(sendmmsg(fd, batch.headers.data(), kSendBatch, 0) > 0, "sendmmsg");
    }
    ::close(fd);
    return number;
}

Measured receive_raw(const End& end) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    require(fd >= 0, "socket");
    // The transport asks for the same; only root gets beyond net.core.rmem_max.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    const timeval quiet{0, 500'000};
    require(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof quiet) == 0, "SO_RCVTIMEO");
    const sockaddr_in to = group();
    require(bind(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0, "bind");
    ip_mreqn membership{};
    membership.imr_multiaddr = to.sin_addr;
    membership.imr_ifindex = static_cast<int>(if_nametoindex(end.interface.c_str()));
    require(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) == 0,
            "IP_ADD_MEMBERSHIP");
    std::puts("ready");
    std::fflush(stdout);

    Batch batch(kReceiveBatch);
    Measured measured;
    Time::time_point first;
    Time::time_point last;
    std::uint64_t sum = 0;
    for (;;) {
        const int count =
            recvmmsg(fd, batch.headers.data(), kReceiveBatch, MSG_WAITFORONE, nullptr);
        if (count <= 0) {
            if (errno == EINTR) continue;
            if (measured.datagrams > 0) break;
            continue;
        }
        last = Time::now();
        if (measured.datagrams == 0) first = last;
        measured.datagrams += static_cast<std::uint64_t>(count);
        for (int i = 0; i < count; ++i) {
            const auto index = static_cast<unsigned>(i);
            const auto* at = static_cast<const std::byte*>(batch.vectors[index].iov_base);
            const std::size_t size = batch.headers[index].msg_len;
            for (std::size_t n = kHeaderSize; n + end.message_size <= size; n += end.message_size) {
                for (std::size_t word = 0; word < end.message_size; word += 8) {
                    std::uint64_t value = 0;
                    std::memcpy(&value, at + n + word, sizeof value);
                    sum += value;
                }
                ++measured.messages;
            }
        }
    }
    std::fprintf(stderr, "%s", sum == 1 ? " " : "");  // the sum is needed: nothing is optimised out
    measured.seconds = std::chrono::duration<double>(last - first).count();
    ::close(fd);
    return measured;
}

}  // namespace benchmarks
