// Reception over a ring that runs into its limits: it goes on, and counts that it stood still.

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "platform/steady_clock.hpp"
#include "transports/socket/receiver.hpp"
#include "transports/uring/reception.hpp"
#include "transports/uring/transmission.hpp"

// Newer than some C libraries; the number is that of linux/udp.h.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace mcast::uring {

namespace {

constexpr std::size_t kPoolSize = 96;

class ReceptionTest : public testing::Test {
protected:
    void SetUp() override {
        Result<std::unique_ptr<Ring>> ring = Ring::open();
        ASSERT_TRUE(ring) << ring.error().what;
        ring_ = std::move(*ring);
        begin(kPoolSize, false);
    }
    void begin(std::size_t buffers, bool gro) {
        socket::Options options;
        options.receive_buffer_count = buffers;
        reception_ = std::make_unique<Reception>(*ring_, options, clock_);
        ASSERT_EQ(reception_->connect(), 0);
        receiver_ = open(gro);
        reception_->add(*receiver_);
        ring_->submit();
    }
    void TearDown() override {
        static_cast<void>(ring_->cancel_all());
        ring_->look();
        ring_.reset();
    }
    // Anew, with so few buffers, and runs.
    void begin_again(std::size_t buffers) {
        TearDown();
        reception_.reset();
        Result<std::unique_ptr<Ring>> ring = Ring::open();
        ASSERT_TRUE(ring) << ring.error().what;
        ring_ = std::move(*ring);
        begin(buffers, true);
    }

    std::unique_ptr<socket::Receiver> open(bool gro = false) {
        Result<socket::PinnedSocket> pinned = socket::PinnedSocket::open(
            {InterfaceIndex{::if_nametoindex("lo")}, "lo", Family::Ipv4, 1u << 22, gro});
        EXPECT_TRUE(pinned) << pinned.error().what;
        EXPECT_EQ(pinned->bind(0, false), 0);
        return std::make_unique<socket::Receiver>(
            std::move(*pinned), socket::Receiver::Role::Unicast, InterfaceIndex{1}, counters_);
    }
    void send(const std::string& text, int segment_size = 0) {
        const FileDescriptor from(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to.sin_port = htons(receiver_->socket.port());
        ASSERT_EQ(socket::set_option(from.get(), IPPROTO_UDP, UDP_SEGMENT, segment_size), 0);
        ASSERT_EQ(::sendto(from.get(), text.data(), text.size(), 0,
                           reinterpret_cast<sockaddr*>(&to), sizeof(to)),
                  static_cast<ssize_t>(text.size()));
    }
    void send(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            send(std::to_string(sent_++));
    }
    // As one, each of the size of its neighbour and no multiple of 8.
    std::vector<std::string> send_askew(std::size_t count) {
        std::vector<std::string> texts;
        std::string all;
        for (std::size_t i = 0; i < count; ++i)
            all += texts.emplace_back(101, static_cast<char>('a' + i));
        send(all, 101);
        return texts;
    }
    void look() {
        reception_->arm();
        ring_->look();
        ring_->visit([this](const Completion& completion) {
            const Tag tag = Tag::of(completion.user_data);
            if (tag.kind == Tag::Kind::Receive) reception_->on_completion(tag, completion);
        });
        ring_->let_go();
    }
    // What can be taken now, in order; holds the buffers if told to.
    std::vector<std::string> take(std::vector<Datagram>* held = nullptr) {
        std::vector<std::string> texts;
        for (int turn = 0; turn < 8; ++turn) {
            look();
            std::array<Datagram, 64> batch;
            const std::size_t count = reception_->take(batch);
            for (std::size_t i = 0; i < count; ++i) {
                const auto bytes = batch[i].buffer.bytes();
                texts.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                if (held != nullptr) held->push_back(batch[i]);
            }
        }
        return texts;
    }
    static std::vector<std::string> numbers(std::size_t from, std::size_t to) {
        std::vector<std::string> texts;
        for (std::size_t i = from; i < to; ++i)
            texts.push_back(std::to_string(i));
        return texts;
    }

    platform::SteadyClock clock_;
    TransportCounters counters_;
    std::unique_ptr<Ring> ring_;
    std::unique_ptr<Reception> reception_;
    std::unique_ptr<socket::Receiver> receiver_;
    std::size_t sent_ = 0;
};

TEST_F(ReceptionTest, MoreThanTheRingHasBuffersForArriveAllTheSameInOrder) {
    send(3 * BlockRing::kBlocks);
    for (int i = 0; i < 5; ++i)
        look();  // without taking any
    EXPECT_EQ(take(), numbers(0, 3 * BlockRing::kBlocks));
    EXPECT_GT(counters_.receive_stalls, 0u);
    EXPECT_EQ(counters_.received_datagrams, 3 * BlockRing::kBlocks);
    EXPECT_EQ(reception_->buffers_free(), kPoolSize);
}

TEST_F(ReceptionTest, WhoHoldsAllBuffersIsWaitedFor) {
    std::vector<Datagram> held;
    send(kPoolSize + 10);
    EXPECT_EQ(take(&held), numbers(0, kPoolSize));
    EXPECT_EQ(reception_->buffers_free(), 0u);
    EXPECT_TRUE(reception_->is_stalled());
    EXPECT_FALSE(reception_->ready());
    const std::uint64_t stalls = counters_.receive_stalls;
    look();
    look();
    EXPECT_EQ(counters_.receive_stalls, stalls) << "nothing is begun without a buffer";
    held.clear();
    EXPECT_EQ(take(), numbers(kPoolSize, kPoolSize + 10));
    EXPECT_FALSE(reception_->is_stalled());
}

TEST_F(ReceptionTest, WhatLiesAskewNeedsNoMoreBuffersThanTheRingHas) {
    begin_again(BlockRing::kBlocks);
    std::vector<std::string> expected = send_askew(3);
    send("behind it");
    expected.emplace_back("behind it");
    EXPECT_EQ(take(), expected);
    EXPECT_EQ(counters_.receive_dropped, 0u);
    EXPECT_EQ(reception_->buffers_free(), BlockRing::kBlocks);
}

TEST_F(ReceptionTest, WhatLiesAskewIsDroppedRatherThanHoldUpTheRest) {
    begin_again(BlockRing::kBlocks);
    std::vector<std::string> expected = send_askew(4);
    send("behind it");
    expected.resize(2);  // the second one is a copy in the only buffer that the ring has not
    expected.emplace_back("behind it");
    std::vector<Datagram> held;
    EXPECT_EQ(take(&held), expected);
    EXPECT_EQ(counters_.receive_dropped, 2u);
    EXPECT_EQ(counters_.received_datagrams, 3u);
    EXPECT_EQ(counters_.received_bytes, 2 * 101u + 9);
}

TEST_F(ReceptionTest, WhatLiesAskewWaitsWhileAllBuffersAreHeld) {
    begin_again(2);
    const std::vector<std::string> expected = send_askew(3);
    std::vector<Datagram> held;
    EXPECT_EQ(take(&held), (std::vector<std::string>{expected[0], expected[1]}));
    EXPECT_TRUE(reception_->pending());
    EXPECT_FALSE(reception_->ready());
    held.clear();
    EXPECT_EQ(take(), std::vector<std::string>{expected[2]});
    EXPECT_EQ(counters_.receive_dropped, 0u);
    send(1);
    EXPECT_EQ(take(), numbers(0, 1));
}

TEST_F(ReceptionTest, AFullRingOfCompletionsLosesNothing) {
    for (unsigned i = 0; i < Ring::kCompletions; ++i) {
        io_uring_sqe* request = ring_->request();
        ASSERT_NE(request, nullptr);
        io_uring_prep_nop(request);
        request->user_data = 0;
    }
    ring_->submit();
    send(20);
    ring_->look();  // there is no room for what it lets in
    EXPECT_EQ(take(), numbers(0, 20));
    EXPECT_GT(counters_.receive_stalls, 0u);
    send(20);
    EXPECT_EQ(take(), numbers(20, 40));
}

TEST_F(ReceptionTest, WhatOthersCancelGoesOnAndIsCounted) {
    ASSERT_EQ(ring_->cancel_all(), 0);
    look();
    EXPECT_EQ(counters_.receive_stalls, 1u);
    send(5);
    EXPECT_EQ(take(), numbers(0, 5));
}

TEST_F(ReceptionTest, WhatIsStoppedEndsAndItsPlaceGoesToTheNext) {
    send(5);
    look();
    EXPECT_TRUE(reception_->pending());
    const std::uint32_t place = receiver_->place;
    reception_->stop(*receiver_);
    look();
    EXPECT_FALSE(reception_->is_under_way(*receiver_));
    reception_->forget(*receiver_);
    EXPECT_FALSE(reception_->pending());
    EXPECT_EQ(reception_->buffers_free(), kPoolSize);
    EXPECT_EQ(counters_.receive_stalls, 0u);
    receiver_ = open();
    reception_->add(*receiver_);
    EXPECT_EQ(receiver_->place, place);
    send(3);
    EXPECT_EQ(take(), numbers(5, 8));
}

TEST_F(ReceptionTest, AnErrorOfTheSocketIsNotTheEndOfReception) {
    std::unique_ptr<socket::Receiver> closed = open();
    sockaddr_in nobody{};
    nobody.sin_family = AF_INET;
    nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    nobody.sin_port = htons(closed->socket.port());
    closed.reset();
    const int fd = receiver_->socket.fd();
    ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&nobody), sizeof(nobody)), 0);
    for (std::uint64_t failures = 1; failures <= 3; ++failures) {
        // The answer is that nobody is there: ECONNREFUSED for whoever receives next.
        ASSERT_EQ(::send(fd, "x", 1, MSG_NOSIGNAL), 1);
        const Instant patience = clock_.now() + std::chrono::seconds(5);
        while (counters_.receive_stalls < failures && clock_.now() < patience)
            look();
        EXPECT_EQ(counters_.receive_stalls, failures);
    }
    sockaddr_in anybody{};
    anybody.sin_family = AF_UNSPEC;
    ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&anybody), sizeof(anybody)), 0);
    ASSERT_EQ(receiver_->socket.bind(0, false), 0) << "that took its port, which nobody had named";
    send(1);
    std::vector<std::string> arrived;
    const Instant patience = clock_.now() + std::chrono::seconds(5);
    while (arrived.empty() && clock_.now() < patience)
        arrived = take();
    EXPECT_EQ(arrived, numbers(0, 1));
}

}  // namespace

}  // namespace mcast::uring
