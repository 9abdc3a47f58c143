// dpdk_station DEVICE MEMBERSHIP(auto|kernel|user|unfiltered) [ADDRESS/PREFIX]... : one transport
// of transports/dpdk, told what to do on stdin.
//
// Commands: "join GROUP", "leave GROUP", "send ADDRESS PORT TEXT", "stats", "hold COUNT".
// Output: a JSON line for each datagram and for each answer.

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "mcast/dpdk.hpp"

using namespace mcast;

namespace {

class Program {
public:
    Program(Host host, std::string device) : host_(std::move(host)), device_(std::move(device)) {
        host_.transport->watch(STDIN_FILENO);
    }

    int run() {
        follow_interface(true);
        std::printf("{\"event\": \"open\"}\n");
        for (const std::string& note : host_.transport->capabilities().notes)
            std::printf("{\"event\": \"note\", \"text\": \"%s\"}\n", note.c_str());
        for (;;) {
            std::fflush(stdout);
            host_.transport->wait(host_.clock->now() + std::chrono::milliseconds(50));
            if (host_.interfaces->poll()) follow_interface(false);
            receive();
            if (!commands()) return 0;
        }
    }

private:
    void follow_interface(bool first) {
        interface_ = host_.interfaces->interfaces().front();
        std::printf("{\"event\": \"link\", \"up\": %s, \"mtu\": %u}\n",
                    interface_.up ? "true" : "false", interface_.mtu);
        if (!first && !interface_.up) return;
        if (const Result<void> attached = host_.transport->attach(interface_); !attached)
            std::printf("{\"event\": \"error\", \"text\": \"%s\"}\n",
                        attached.error().what.c_str());
    }

    void receive() {
        std::vector<Datagram> batch(64);
        const std::size_t count = host_.transport->receive(batch);
        for (std::size_t i = 0; i < count; ++i) {
            const Datagram& each = batch[i];
            if (held_.size() < hold_) held_.push_back(each.buffer);
            std::printf(
                "{\"event\": \"datagram\", \"to\": \"%s\", \"from\": \"%s\", \"text\": \"%.*s\", "
                "\"size\": %u}\n",
                to_string(each.destination.address).c_str(), to_string(each.source.address).c_str(),
                static_cast<int>(std::min<std::uint32_t>(each.buffer.size(), 64)),
                reinterpret_cast<const char*>(each.buffer.data()), each.buffer.size());
        }
    }

    // All that is there; stdin is watched, so it is read without waiting.
    bool commands() {
        pollfd wanted{STDIN_FILENO, POLLIN, 0};
        if (std::cin.rdbuf()->in_avail() <= 0 && ::poll(&wanted, 1, 0) <= 0) return true;
        std::string line;
        do {
            if (!std::getline(std::cin, line)) return false;
            command(line);
        } while (std::cin.rdbuf()->in_avail() > 0);
        return true;
    }

    void command(const std::string& line) {
        std::istringstream words(line);
        std::string what;
        std::string address;
        words >> what >> address;
        const std::optional<Address> parsed = Address::parse(address);
        if (what == "stats") return stats();
        if (what == "hold") {
            hold_ = std::stoul(address);
            if (hold_ == 0) held_.clear();
            return;
        }
        if (!parsed) return;
        const Group group{*parsed, kPort};
        if (what == "join") {
            if (const Result<void> joined = host_.transport->join(group, interface_.index); !joined)
                std::printf("{\"event\": \"error\", \"text\": \"%s\"}\n",
                            joined.error().what.c_str());
        } else if (what == "leave") {
            host_.transport->leave(group, interface_.index);
        } else if (what == "send") {
            std::uint16_t port = 0;
            std::string text;
            words >> port >> text;
            send({*parsed, port}, text);
        }
    }

    void send(const Endpoint& to, const std::string& text) {
        Datagram datagram;
        datagram.buffer = host_.transport->allocate();
        if (!datagram.buffer) return;
        datagram.buffer.resize(static_cast<std::uint32_t>(text.size()));
        std::copy(text.begin(), text.end(), reinterpret_cast<char*>(datagram.buffer.data()));
        datagram.interface = interface_.index;
        datagram.destination = to;
        datagram.way = to.address.is_multicast() ? Way::Multicast : Way::Unicast;
        const std::size_t sent = host_.transport->send({&datagram, 1});
        std::printf("{\"event\": \"sent\", \"count\": %zu}\n", sent);
    }

    void stats() {
        const TransportCounters counters = host_.transport->counters(interface_.index);
        const auto endpoint =
            host_.transport->unicast_endpoint(interface_.index, Family::Ipv4).value_or(Endpoint{});
        std::printf(
            "{\"event\": \"stats\", \"received\": %llu, \"dropped\": %llu, \"truncated\": %llu, "
            "\"leaked\": %llu, \"send_errors\": %llu, \"last_send_error\": %d, \"port\": %u, "
            "\"frames\": {",
            static_cast<unsigned long long>(counters.received_datagrams),
            static_cast<unsigned long long>(counters.receive_dropped),
            static_cast<unsigned long long>(counters.receive_truncated),
            static_cast<unsigned long long>(counters.receive_leaked),
            static_cast<unsigned long long>(counters.send_errors), counters.last_send_error,
            endpoint.port);
        const char* separator = "";
        const dpdk::PortCounters port = dpdk::port_counters(device_).value_or(dpdk::PortCounters{});
        for (const auto& [cause, count] : port.dropped_frames) {
            std::printf("%s\"%s\": %llu", separator, cause.c_str(),
                        static_cast<unsigned long long>(count));
            separator = ", ";
        }
        std::printf("}}\n");
    }

    Host host_;
    std::string device_;
    Interface interface_;
    std::vector<Buffer> held_;
    std::size_t hold_ = 0;
};

}  // namespace

int main(int count, char** words) {
    if (count < 3) return 2;
    std::ios::sync_with_stdio(false);  // so that what is read ahead is known
    dpdk::Options options;
    options.device = words[1];
    const std::string membership = words[2];
    options.membership = membership == "kernel" ? dpdk::Membership::Kernel
                         : membership == "user" ? dpdk::Membership::User
                                                : dpdk::Membership::Auto;
    options.port_filter = membership != "unfiltered";
    options.addresses.assign(words + 3, words + count);
    options.receive_buffer_count = 256;
    options.log = [](LogLevel, std::string_view line) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    };
    Result<Host> host = dpdk::host(options);
    if (!host) {
        std::fprintf(stderr, "dpdk_station: %s\n", host.error().what.c_str());
        return 1;
    }
    return Program(std::move(*host), options.device).run();
}
