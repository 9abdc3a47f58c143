// The same for every peer: PROGRAM send|receive ADDRESS SIZE SECONDS CORE. The receiver says
// "ready" and then one line of JSON; README.md tells what is counted.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "peer.hpp"

namespace peers {

void fail(const std::string& sentence) {
    std::fprintf(stderr, "%s: %s\n", kName, sentence.c_str());
    std::_Exit(1);
}

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Seconds kWarmUp{0.2};   // received, but not part of the rate
constexpr Seconds kPatience{10};  // until the other end is there, and until the end has come
constexpr Seconds kSettle{0.5};   // for joins and discovery that no library tells about
constexpr int kEndMarkers = 25;   // one of which arrives even where messages are lost
constexpr Seconds kEndInterval{0.02};

// At the start of each payload; the rest is filler.
struct Stamp {
    std::uint64_t number;  // of the message; in an end marker: how many were sent
    std::uint64_t end;
};

// Our interface on the link: the one whose subnet has the sender's address.
void find_link(Job& job) {
    in_addr sender{};
    if (::inet_pton(AF_INET, job.sender.c_str(), &sender) != 1)
        fail("'" + job.sender + "' is no IPv4 address: give the sender's");
    ifaddrs* all = nullptr;
    ::getifaddrs(&all);
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
        const in_addr own = reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr;
        const in_addr mask = reinterpret_cast<const sockaddr_in*>(one->ifa_netmask)->sin_addr;
        if (((own.s_addr ^ sender.s_addr) & mask.s_addr) != 0) continue;
        char text[INET_ADDRSTRLEN];
        job.own = ::inet_ntop(AF_INET, &own, text, sizeof text);
        job.interface = one->ifa_name;
    }
    ::freeifaddrs(all);
    if (job.own.empty()) fail("no interface has the subnet of " + job.sender);
}

// The calling thread's core; threads that the library starts inherit it, so that each end has one.
void pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (core >= 0 && core < CPU_SETSIZE) CPU_SET(static_cast<std::size_t>(core), &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0)
        fail("core " + std::to_string(core) + " cannot be used: " + std::strerror(errno));
}

void wait_for_other_end(Peer& peer) {
    for (const auto begun = Clock::now(); !peer.connected(); peer.service())
        if (Clock::now() - begun > kPatience) fail("no receiver came up within 10 s");
    for (const auto begun = Clock::now(); Clock::now() - begun < kSettle;) {
        peer.service();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

// Until it is taken; a library that takes nothing any more is not measured.
void send_surely(Peer& peer, std::span<const std::byte> message) {
    for (const auto begun = Clock::now(); !peer.send(message); peer.service())
        if (Clock::now() - begun > kPatience) fail("took no message for 10 s");
}

void send(const Job& job, Peer& peer) {
    wait_for_other_end(peer);
    std::vector<std::byte> message(job.size, std::byte{0x5a});
    Stamp stamp{0, 0};
    const auto end = Clock::now() + Seconds(job.seconds);
    while (Clock::now() < end) {
        for (int i = 0; i < 16; ++i) {
            ++stamp.number;
            std::memcpy(message.data(), &stamp, sizeof stamp);
            send_surely(peer, message);
        }
    }
    peer.finish();
    stamp.end = 1;
    std::memcpy(message.data(), &stamp, sizeof stamp);
    for (int i = 0; i < kEndMarkers; ++i) {
        send_surely(peer, message);
        for (const auto next = Clock::now() + kEndInterval; Clock::now() < next;) {
            peer.service();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    peer.finish();
}

class Tally {
public:
    void on_message(std::span<const std::byte> message) {
        Stamp stamp;
        if (message.size() < sizeof stamp) fail("a message came shorter than it was sent");
        std::memcpy(&stamp, message.data(), sizeof stamp);
        if (stamp.end != 0) {
            sent_ = stamp.number;
            return;
        }
        if (received_++ == 0) first_ = Clock::now();
        // A clock reading for every message would be a good part of the cost of the fast ones.
        if (received_ % 64 == 0) on_time(Clock::now());
    }
    [[nodiscard]] bool finished() const { return sent_ != 0; }
    [[nodiscard]] std::uint64_t received() const { return received_; }

    void print(const Job& job) const {
        const std::uint64_t lost = sent_ > received_ ? sent_ - received_ : 0;
        const double took = Seconds(last_ - warm_).count();
        const double rate = took > 0 ? static_cast<double>(counted_ - warm_count_) / took : 0;
        std::printf(
            "{\"peer\": \"%s\", \"size\": %zu, \"rate\": %.0f, \"lost\": %llu, "
            "\"sent\": %llu}\n",
            kName, job.size, rate, static_cast<unsigned long long>(lost),
            static_cast<unsigned long long>(sent_));
    }

private:
    void on_time(Clock::time_point now) {
        if (warm_ == Clock::time_point{} && now - first_ >= kWarmUp) {
            warm_ = now;
            warm_count_ = received_;
        }
        last_ = now;
        counted_ = received_;
    }

    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t counted_ = 0;  // at last_
    std::uint64_t warm_count_ = 0;
    Clock::time_point first_{};
    Clock::time_point warm_{};
    Clock::time_point last_{};
};

void receive(const Job& job, Peer& peer) {
    Tally tally;
    const Sink sink = [&](std::span<const std::byte> message) { tally.on_message(message); };
    std::puts("ready");
    std::fflush(stdout);
    // Both ends wait for each other, and who is slow to deliver may be.
    const auto end = Clock::now() + 3 * kPatience + Seconds(job.seconds);
    while (!tally.finished()) {
        peer.receive(sink);
        if (Clock::now() > end)
            fail("the end never came; " + std::to_string(tally.received()) + " messages did");
    }
    tally.print(job);
}

Job parse(int count, char** words) {
    if (count != 6) {
        std::fprintf(stderr, "usage: %s send|receive ADDRESS SIZE SECONDS CORE\n", words[0]);
        std::exit(2);
    }
    Job job;
    job.sends = std::strcmp(words[1], "send") == 0;
    if (!job.sends && std::strcmp(words[1], "receive") != 0) fail("say send or receive");
    job.sender = words[2];
    job.size = std::strtoul(words[3], nullptr, 10);
    job.seconds = std::strtod(words[4], nullptr);
    job.core = std::atoi(words[5]);
    if (job.size < sizeof(Stamp) || job.size > 1400) fail("SIZE: give 16 to 1400 bytes");
    if (!(job.seconds > 0 && job.seconds <= 60)) fail("SECONDS: give up to 60");
    return job;
}

}  // namespace
}  // namespace peers

int main(int count, char** words) {
    peers::Job job = peers::parse(count, words);
    peers::pin(job.core);
    peers::find_link(job);
    const auto peer = peers::make_peer(job);
    if (job.sends)
        peers::send(job, *peer);
    else
        peers::receive(job, *peer);
    std::fflush(stdout);
    // Some libraries take seconds to say good-bye to ends that have gone before.
    std::_Exit(0);
}
