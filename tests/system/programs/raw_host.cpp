// raw_host INTERFACE MAC ADDRESS... : a host beside the kernel, on a packet socket. All that it
// says and understands is transports/dpdk's machines; so the kernel of the others judges them.
//
// Commands on stdin: "join GROUP", "leave GROUP", "send ADDRESS PORT TEXT", "stats".
// Output: a JSON line for each datagram and for each answer.

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "transports/dpdk/echo.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/frame_parser.hpp"
#include "transports/dpdk/frame_template.hpp"
#include "transports/dpdk/group_membership.hpp"
#include "transports/dpdk/neighbours.hpp"

using namespace mcast;
using namespace mcast::dpdk;

namespace {

constexpr std::uint16_t kPort = 7400;

Instant clock_now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return Instant(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

// A packet socket on one interface, promiscuous: our MAC is not the interface's.
int open_socket(const char* interface) {
    const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
    const auto index = static_cast<int>(if_nametoindex(interface));
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = index;
    packet_mreq promiscuous{};
    promiscuous.mr_ifindex = index;
    promiscuous.mr_type = PACKET_MR_PROMISC;
    if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous) != 0) {
        std::perror(interface);
        std::exit(1);
    }
    return fd;
}

class RawHost {
public:
    RawHost(int fd, const MacAddress& mac, const std::vector<Address>& addresses)
        : fd_(fd),
          station_{mac},
          addresses_(addresses),
          four_(station_, {.family = Family::Ipv4}),
          six_(station_, {.family = Family::Ipv6}),
          neighbours_(station_, 64),
          echo_(station_),
          random_(static_cast<std::uint64_t>(getpid())) {
        std::vector<InterfaceAddress> own;
        for (const Address& address : addresses) {
            InterfaceAddress& each = own.emplace_back();
            each.address = address;
            each.prefix_length = address.family() == Family::Ipv4 ? 24 : 64;
            membership(address).set_source(address);
            if (address.family() == Family::Ipv6) six_.join(clock_now(), solicited_node(address));
        }
        neighbours_.set_addresses(clock_now(), own);
    }

    void run() {
        for (;;) {
            write_due();
            const Instant deadline =
                std::min({four_.deadline(), six_.deadline(), neighbours_.deadline()});
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock_now());
            std::array<pollfd, 2> wanted{pollfd{fd_, POLLIN, 0}, pollfd{STDIN_FILENO, POLLIN, 0}};
            poll(wanted.data(), wanted.size(),
                 static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1000)));
            if ((wanted[0].revents & POLLIN) != 0) receive();
            if (wanted[1].revents != 0 && !commands()) return;
        }
    }

private:
    GroupMembership& membership(const Address& address) {
        return address.family() == Family::Ipv4 ? four_ : six_;
    }

    // All that is there: what a stream has read ahead, poll() does not tell of.
    bool commands() {
        std::string line;
        do {
            if (!std::getline(std::cin, line) || !command(line)) return false;
        } while (std::cin.rdbuf()->in_avail() > 0);
        return true;
    }

    bool command(const std::string& line) {
        std::istringstream words(line);
        std::string what;
        std::string address;
        words >> what >> address;
        const std::optional<Address> parsed = Address::parse(address);
        if (what == "join" && parsed) return membership(*parsed).join(clock_now(), *parsed);
        if (what == "leave" && parsed) return membership(*parsed).leave(clock_now(), *parsed), true;
        if (what == "send" && parsed) {
            std::uint16_t port = 0;
            std::string text;
            words >> port >> text;
            return send_datagram({*parsed, port}, text), true;
        }
        if (what == "stats") return stats(), true;
        std::cerr << "raw_host: what is '" << line << "'?\n";
        return false;
    }

    void receive() {
        std::array<std::byte, 2048> buffer;
        sockaddr_ll from{};
        socklen_t size = sizeof from;
        const ssize_t length = recvfrom(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT,
                                        reinterpret_cast<sockaddr*>(&from), &size);
        if (length <= 0 || from.sll_pkttype == PACKET_OUTGOING) return;
        const Instant now = clock_now();
        const ParsedFrame frame =
            parse_frame(std::span<const std::byte>(buffer).first(static_cast<std::size_t>(length)),
                        {.mac = station_.mac});
        if (!frame) return drops_.count(frame.cause);
        neighbours_.on_frame(now, frame);
        four_.on_frame(now, frame, random_);
        six_.on_frame(now, frame, random_);
        if (EchoResponder::is_request(frame) && neighbours_.is_ours(frame.destination.address)) {
            std::array<std::byte, 1514> reply;
            send_frame(std::span(reply).first(echo_.write_reply(now, frame, reply)));
        }
        if (frame.kind != FrameKind::Udp || frame.destination.port != kPort) return;
        neighbours_.learn(now, frame.source.address, frame.source_mac);
        const std::string text(reinterpret_cast<const char*>(frame.payload.data()),
                               frame.payload.size());
        std::printf(R"({"event":"datagram","from":"%s","to":"%s","text":"%s"})"
                    "\n",
                    to_string(frame.source.address).c_str(),
                    to_string(frame.destination.address).c_str(), text.c_str());
    }

    void send_datagram(const Endpoint& to, const std::string& text) {
        MacAddress mac;
        // What a transport does without blocking, a test may wait for.
        for (int i = 0; to.address.is_multicast() || i < 400; ++i) {
            if (to.address.is_multicast()) {
                mac = multicast_mac(to.address);
                break;
            }
            const Lookup found = neighbours_.lookup(clock_now(), to.address);
            mac = found.mac;
            if (found.outcome != Lookup::Outcome::Asked) break;
            write_due();
            pollfd wanted{fd_, POLLIN, 0};
            if (poll(&wanted, 1, 10) > 0) receive();
        }
        if (mac.is_zero()) {
            std::printf("{\"event\":\"unreachable\",\"to\":\"%s\"}\n", to_string(to).c_str());
            return;
        }
        const auto source = std::find_if(
            addresses_.begin(), addresses_.end(),
            [&](const Address& address) { return address.family() == to.address.family(); });
        const FrameTemplate headers({.source_mac = station_.mac,
                                     .destination_mac = mac,
                                     .tag = std::nullopt,
                                     .source = {*source, kPort},
                                     .destination = to});
        std::vector<std::byte> frame(headers.header_size() + text.size());
        std::memcpy(frame.data() + headers.header_size(), text.data(), text.size());
        headers.write(frame, 0, UdpChecksum::Software);
        send_frame(frame);
    }

    void write_due() {
        std::array<std::byte, 1514> frame;
        const auto write = [&](auto&& due) {
            while (const std::size_t size = due())
                send_frame(std::span(frame).first(size));
        };
        write([&] { return four_.write_due(clock_now(), frame, random_); });
        write([&] { return six_.write_due(clock_now(), frame, random_); });
        write([&] { return neighbours_.write_due(clock_now(), frame); });
        std::fflush(stdout);
    }

    void send_frame(std::span<const std::byte> frame) {
        if (!frame.empty() && ::send(fd_, frame.data(), frame.size(), 0) < 0) std::perror("send");
    }

    void stats() {
        std::printf(R"({"event":"stats","queries4":%llu,"queries6":%llu,"version4":%d,)"
                    R"("version6":%d,"neighbours":%zu,"drops":{)",
                    static_cast<unsigned long long>(four_.counters().queries),
                    static_cast<unsigned long long>(six_.counters().queries),
                    static_cast<int>(four_.version(clock_now())),
                    static_cast<int>(six_.version(clock_now())), neighbours_.size());
        const char* comma = "";
        for (std::size_t i = 0; i < kDropCauseCount; ++i) {
            const auto cause = static_cast<DropCause>(i);
            if (drops_[cause] == 0) continue;
            std::printf(R"(%s"%s":%llu)", comma, std::string(to_string(cause)).c_str(),
                        static_cast<unsigned long long>(drops_[cause]));
            comma = ",";
        }
        std::printf("}}\n");
    }

    int fd_;
    Station station_;
    std::vector<Address> addresses_;
    GroupMembership four_;
    GroupMembership six_;
    Neighbours neighbours_;
    EchoResponder echo_;
    Random random_;
    DropCounters drops_;
};

}  // namespace

int main(int argc, char** argv) {
    const auto mac = argc > 3 ? MacAddress::parse(argv[2]) : std::nullopt;
    std::vector<Address> addresses;
    for (int i = 3; i < argc; ++i)
        if (const auto address = Address::parse(argv[i])) addresses.push_back(*address);
    if (!mac || addresses.size() + 3 != static_cast<std::size_t>(argc)) {
        std::fputs("usage: raw_host INTERFACE MAC ADDRESS...\n", stderr);
        return 2;
    }
    std::ios::sync_with_stdio(false);
    RawHost host(open_socket(argv[1]), *mac, addresses);
    std::puts("{\"event\":\"open\"}");
    host.run();
}
