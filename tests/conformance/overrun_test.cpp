// Reliable topics over kernel sockets whose buffers are far too small: the kernel drops, it is
// counted, the publisher slows down, and everything arrives.
#include <bytes.capnp.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "mcast/mcast.hpp"
#include "mcast/socket.hpp"
#include "tests/conformance/network_namespace.hpp"

namespace mcast::conformance {
namespace {

using namespace std::chrono_literals;
using schema::Bytes;

constexpr std::uint64_t kMessages = 20'000;

Node open(const char* name, std::size_t receive_buffer_size) {
    NodeOptions options;
    options.name = name;
    options.interfaces = {"lo"};
    options.ipv6 = false;
    options.log = [](LogLevel, std::string_view) {};
    socket::Options sockets;
    sockets.ipv6 = false;
    sockets.receive_buffer_size = receive_buffer_size;
    auto host = socket::host(sockets);
    EXPECT_TRUE(host);
    auto node = Node::open(options, std::move(*host));
    EXPECT_TRUE(node) << node.error().what;
    return std::move(*node);
}

TEST(Overrun, OfTheKernelLosesNothingOfAReliableStream) {
    const NetworkNamespace space;
    const NetworkNamespace::Visit visit(space);
    space.ip("link set lo multicast on");
    space.ip("route add 239.0.0.0/8 dev lo");
    Node sender = open("sender", 4u << 20);
    Node receiver = open("receiver", 4096);
    auto publisher = sender.publisher<Bytes>("log", {.delivery = Delivery::Reliable});
    auto subscriber = receiver.subscriber<Bytes>("log", {.delivery = Delivery::Reliable});
    for (int i = 0; i < 500 && publisher.listeners() == 0; ++i)
        sender.poll_until(sender.now() + 5ms), receiver.poll();
    ASSERT_EQ(publisher.listeners(), 1u);

    std::uint64_t sent = 0;
    std::uint64_t next = 0;
    bool in_order = true;
    const Instant end = sender.now() + 60s;
    while (next < kMessages && sender.now() < end) {
        // As much as it is let: many more than the receiver's kernel holds.
        while (sent < kMessages) {
            auto loan = publisher.loan();
            if (!loan) break;
            auto data = loan->root().initData(400);
            std::memcpy(data.begin(), &sent, sizeof sent);
            loan->publish();
            ++sent;
        }
        sender.poll();
        receiver.poll();
        subscriber.drain([&](const Sample<Bytes>& sample) {
            std::uint64_t number = 0;
            std::memcpy(&number, sample->getData().begin(), sizeof number);
            in_order = in_order && number == next;
            ++next;
        });
    }
    EXPECT_EQ(next, kMessages);
    EXPECT_TRUE(in_order);
    EXPECT_EQ(subscriber.stats().lost, 0u);
    // It was what this test is about, and both sides know.
    EXPECT_GT(receiver.stats().kernel_dropped, 0u);
    EXPECT_GT(publisher.stats().paced, 0u) << "the publisher slows down";
    ASSERT_EQ(publisher.receivers().size(), 1u);
    EXPECT_GT(publisher.receivers()[0].overruns, 0u);
}

}  // namespace
}  // namespace mcast::conformance
