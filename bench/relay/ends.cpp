// The two ends of a relay that is measured: datagrams with a number and the time they left, at a
// steady rate, by plain sockets or by libmcast; and who counts them. Clocks are of one machine.
//   relay_ends send    raw|node INTERFACE GROUP PORT SIZE RATE SECONDS [BATCH]
//   relay_ends receive raw|node INTERFACE GROUP PORT SECONDS
// Prints one JSON object.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "mcast/mcast.hpp"
#include "payload.capnp.h"
#include "tools/mcast/histogram.hpp"

namespace {

using namespace std::chrono_literals;
using mcast::Duration;
using Message = peers_payload::Message;

constexpr int kBatchMax = 64;

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "relay_ends: %s\n", what.c_str());
    std::exit(1);
}

std::int64_t now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

struct Job {
    bool sends = false;
    bool node = false;
    std::string interface;
    std::string group;
    std::uint16_t port = 0;
    std::size_t size = 64;
    double rate = 0;
    double seconds = 1;
    int batch = 16;
};

struct Stamp {
    std::uint64_t number = 0;
    std::int64_t at = 0;
};

// What arrived, by number.
class Count {
public:
    void on(const void* bytes, std::size_t size) {
        Stamp stamp;
        if (size < sizeof stamp) return;
        std::memcpy(&stamp, bytes, sizeof stamp);
        if (stamp.number >= seen_.size()) seen_.resize(stamp.number * 2 + 1024);
        if (seen_[stamp.number]) {
            ++duplicates_;
            return;
        }
        seen_[stamp.number] = true;
        ++received_;
        latency_.add(Duration(now() - stamp.at));
    }
    void print() const {
        const auto us = [&](double q) {
            return static_cast<double>(latency_.quantile(q).count()) / 1e3;
        };
        std::printf(
            "{\"received\": %llu, \"duplicates\": %llu, \"p50us\": %.2f, \"p99us\": %.2f}\n",
            static_cast<unsigned long long>(received_),
            static_cast<unsigned long long>(duplicates_), us(0.5), us(0.99));
    }

private:
    std::vector<bool> seen_;
    std::uint64_t received_ = 0;
    std::uint64_t duplicates_ = 0;
    mcast::cli::Histogram latency_;
};

class RawSocket {
public:
    explicit RawSocket(const Job& job) : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
        if (fd_ < 0) fail("socket: " + std::string(std::strerror(errno)));
        const int room = 8 << 20;  // by force: beyond net.core.rmem_max
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
        const int yes = 1;
        setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        const int ttl = 8;
        setsockopt(fd_, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl);
        ip_mreqn membership{};
        membership.imr_ifindex = static_cast<int>(if_nametoindex(job.interface.c_str()));
        inet_pton(AF_INET, job.group.c_str(), &membership.imr_multiaddr);
        setsockopt(fd_, IPPROTO_IP, IP_MULTICAST_IF, &membership, sizeof membership);
        to_.sin_family = AF_INET;
        to_.sin_port = htons(job.port);
        to_.sin_addr = membership.imr_multiaddr;
        if (job.sends) return;
        if (bind(fd_, reinterpret_cast<const sockaddr*>(&to_), sizeof to_) != 0 ||
            setsockopt(fd_, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) != 0)
            fail("join: " + std::string(std::strerror(errno)));
        const timeval pause{0, 50'000};
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
    }
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;
    ~RawSocket() { close(fd_); }

    void send(std::uint64_t first, int count, std::size_t size) {
        prepare(count, size);
        for (int i = 0; i < count; ++i) {
            const Stamp stamp{first + static_cast<std::uint64_t>(i), now()};
            std::memcpy(bytes_[static_cast<std::size_t>(i)].data(), &stamp, sizeof stamp);
        }
        if (sendmmsg(fd_, messages_.data(), static_cast<unsigned>(count), 0) < 0 &&
            errno != ENOBUFS && errno != EAGAIN)
            fail("send: " + std::string(std::strerror(errno)));
    }
    void receive(Count& count) {
        prepare(kBatchMax, bytes_[0].size());
        const int got = recvmmsg(fd_, messages_.data(), kBatchMax, MSG_WAITFORONE, nullptr);
        for (int i = 0; i < got; ++i)
            count.on(bytes_[static_cast<std::size_t>(i)].data(),
                     messages_[static_cast<std::size_t>(i)].msg_len);
    }

private:
    void prepare(int count, std::size_t size) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            parts_[i] = {bytes_[i].data(), size};
            messages_[i] = {};
            messages_[i].msg_hdr.msg_iov = &parts_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
            messages_[i].msg_hdr.msg_name = &to_;
            messages_[i].msg_hdr.msg_namelen = sizeof to_;
        }
    }

    int fd_;
    sockaddr_in to_{};
    std::array<std::array<std::byte, 2048>, kBatchMax> bytes_{};
    std::array<iovec, kBatchMax> parts_{};
    std::array<mmsghdr, kBatchMax> messages_{};
};

mcast::Node open(const Job& job) {
    mcast::NodeOptions options;
    options.domain = "bench-relay";
    options.name = job.sends ? "sender" : "receiver";
    options.interfaces = {job.interface};
    options.ipv6 = false;
    auto node = mcast::Node::open(options);
    if (!node) fail(node.error().what);
    return std::move(*node);
}

// `send(first, count)` at the rate; a batch that is late goes at once.
template <typename Send, typename Idle>
std::uint64_t pace(const Job& job, Send&& send, Idle&& idle) {
    const std::int64_t begin = now();
    const auto total = static_cast<std::uint64_t>(job.rate * job.seconds);
    std::uint64_t sent = 0;
    while (sent < total) {
        const auto due =
            begin + static_cast<std::int64_t>(static_cast<double>(sent) / job.rate * 1e9);
        const std::int64_t wait = due - now();
        if (wait > 100'000) {
            idle();
            usleep(static_cast<unsigned>((wait - 80'000) / 1000));
        }
        if (wait > 0) continue;
        const auto count = static_cast<int>(
            std::min<std::uint64_t>(static_cast<std::uint64_t>(job.batch), total - sent));
        send(sent, count);
        sent += static_cast<std::uint64_t>(count);
    }
    const double seconds = static_cast<double>(now() - begin) / 1e9;
    std::printf("{\"sent\": %llu, \"seconds\": %.3f}\n", static_cast<unsigned long long>(sent),
                seconds);
    return sent;
}

void send_raw(const Job& job) {
    RawSocket socket(job);
    pace(
        job, [&](std::uint64_t first, int count) { socket.send(first, count, job.size); }, [] {});
}

void send_node(const Job& job) {
    mcast::Node node = open(job);
    // A batch of one leaves at once, datagram by datagram; others are packed as always.
    auto publisher = node.publisher<Message>("bench", {.express = job.batch == 1});
    for (const std::int64_t end = now() + 5'000'000'000; publisher.listeners() == 0;) {
        if (now() > end) fail("no subscriber was found within 5 s");
        node.poll_until(node.now() + 10ms);
    }
    const auto publish = [&](std::uint64_t number) {
        auto loan = publisher.loan();
        if (!loan) return false;
        auto data = loan->root().initData(static_cast<unsigned>(job.size));
        const Stamp stamp{number, now()};
        std::memcpy(data.begin(), &stamp, sizeof stamp);
        loan->publish();
        return true;
    };
    const auto send = [&](std::uint64_t first, int count) {
        for (int i = 0; i < count; ++i)
            while (!publish(first + static_cast<std::uint64_t>(i)))
                node.poll();
        node.poll();
    };
    pace(job, send, [&] { node.poll(); });
    node.poll_until(node.now() + 200ms);
}

void receive_raw(const Job& job, Count& count) {
    RawSocket socket(job);
    std::printf("{\"ready\": true}\n");
    std::fflush(stdout);
    for (const auto end = now() + static_cast<std::int64_t>(job.seconds * 1e9); now() < end;)
        socket.receive(count);
}

void receive_node(const Job& job, Count& count) {
    mcast::Node node = open(job);
    auto subscriber = node.subscriber<Message>("bench", {.queue_capacity = 8192});
    std::printf("{\"ready\": true}\n");
    std::fflush(stdout);
    for (const auto end = now() + static_cast<std::int64_t>(job.seconds * 1e9); now() < end;) {
        node.wait_until(node.now() + 50ms);
        subscriber.drain([&](const mcast::Sample<Message>& sample) {
            const auto data = sample->getData();
            count.on(data.begin(), data.size());
        });
        node.drain_events([](const mcast::Event&) {});
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() < 6) fail("give a role, a kind, an interface, a group, a port …");
    Job job;
    job.sends = words[0] == "send";
    job.node = words[1] == "node";
    job.interface = words[2];
    job.group = words[3];
    job.port = static_cast<std::uint16_t>(std::stoi(words[4]));
    if (job.sends) {
        if (words.size() < 8) fail("send: give size, rate and seconds");
        job.size = static_cast<std::size_t>(std::stoul(words[5]));
        job.rate = std::stod(words[6]);
        job.seconds = std::stod(words[7]);
        if (words.size() > 8) job.batch = std::stoi(words[8]);
        if (job.size < sizeof(Stamp) || job.size > 1400 || job.batch < 1 || job.batch > kBatchMax)
            fail("sizes are 16 to 1400 bytes, batches 1 to 64");
        job.node ? send_node(job) : send_raw(job);
        return 0;
    }
    job.seconds = std::stod(words[5]);
    Count count;
    job.node ? receive_node(job, count) : receive_raw(job, count);
    count.print();
    return 0;
}
