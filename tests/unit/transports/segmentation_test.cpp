// How runs of datagrams are found, sent as one where the kernel takes them, and taken apart.

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "mcast/buffer_pool.hpp"
#include "transports/socket/arrived_run.hpp"
#include "transports/socket/segment_run.hpp"
#include "transports/socket/send_batch.hpp"

namespace mcast::socket {

namespace {

class Batches : public testing::Test {
protected:
    Datagram make(std::size_t size, std::uint16_t port = 1) {
        Datagram datagram;
        datagram.buffer = pool_.allocate();
        datagram.buffer.resize(static_cast<std::uint32_t>(size));
        std::memset(datagram.buffer.data(), 'x', size);
        datagram.interface = InterfaceIndex{::if_nametoindex("lo")};
        datagram.destination = {Address::ipv4(127, 0, 0, 1), port};
        datagram.way = Way::Unicast;
        return datagram;
    }
    std::vector<Datagram> make_all(const std::vector<std::size_t>& sizes) {
        std::vector<Datagram> batch;
        for (const std::size_t size : sizes)
            batch.push_back(make(size));
        return batch;
    }

    BufferPool pool_{128, 65504};
};

using SegmentRunTest = Batches;

TEST_F(SegmentRunTest, EndsWhereTheKernelWantsIt) {
    struct Case {
        std::vector<std::size_t> sizes;
        std::size_t length;
    };
    const std::vector<Case> cases{
        {{8}, 1},
        {{8, 8, 8}, 3},
        {{8, 8, 7, 8}, 3},  // a shorter one is the last
        {{8, 9}, 1},        // none is longer
        {{0, 0}, 1},        // an empty one goes by itself
        {{8, 8, 0, 8}, 2},
        {{40000, 40000}, 1},  // what is too large together
        {std::vector<std::size_t>(100, 1472), 44},
        {std::vector<std::size_t>(100, 64), 64},
    };
    for (const Case& one : cases)
        EXPECT_EQ(segment_run(make_all(one.sizes)), one.length) << one.sizes.size();
}

TEST_F(SegmentRunTest, GoesOneWay) {
    std::vector<Datagram> batch = make_all({8, 8, 8, 8});
    batch[3].destination.port = 2;
    EXPECT_EQ(segment_run(batch), 3u);
    batch[2].way = Way::Broadcast;
    EXPECT_EQ(segment_run(batch), 2u);
    batch[1].interface = InterfaceIndex{77};
    EXPECT_EQ(segment_run(batch), 1u);
}

TEST_F(SegmentRunTest, WhatLiesBehindOneAnotherIsOnePiece) {
    SocketPlan plan{InterfaceIndex{::if_nametoindex("lo")}, "lo", Family::Ipv4, 1u << 20, false};
    TransportCounters counters;
    const Receiver sender(PinnedSocket::open(plan).value(), Receiver::Role::Unicast, plan.interface,
                          counters);
    const std::size_t whole = pool_.capacity();
    std::vector<Datagram> batch = make_all({whole, whole, whole, whole, 8});
    std::swap(batch[2], batch[3]);
    std::array<iovec, 5> slices{};
    msghdr header{};
    OutgoingMessage message;
    message.fill(header, slices, batch, sender, 1);
    // The first two together; the others each by itself.
    ASSERT_EQ(header.msg_iovlen, 4u);
    EXPECT_EQ(slices[0].iov_base, batch[0].buffer.data());
    EXPECT_EQ(slices[0].iov_len, 2 * whole);
    for (std::size_t i = 1; i < 4; ++i) {
        EXPECT_EQ(slices[i].iov_base, batch[i + 1].buffer.data());
        EXPECT_EQ(slices[i].iov_len, batch[i + 1].buffer.size());
    }
}

using ArrivedRunTest = Batches;

TEST_F(ArrivedRunTest, IsTakenApart) {
    ArrivedRun run(make(100), 40);
    std::vector<std::size_t> sizes;
    std::vector<std::size_t> left;
    while (!run.empty()) {
        left.push_back(run.size());
        Datagram one;
        ASSERT_FALSE(run.is_askew());
        run.take(one);
        EXPECT_EQ(one.destination.port, 1);
        sizes.push_back(one.buffer.size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{40, 40, 20}));
    EXPECT_EQ(left, (std::vector<std::size_t>{3, 2, 1}));
}

TEST_F(ArrivedRunTest, OfOneIsThatOne) {
    for (const std::uint32_t segment_size : {0u, 100u, 101u}) {
        ArrivedRun run(make(100), segment_size);
        EXPECT_EQ(run.size(), 1u);
        Datagram one;
        run.take(one);
        EXPECT_EQ(one.buffer.size(), 100u);
        EXPECT_EQ(one.buffer.capacity(), pool_.capacity());
        EXPECT_TRUE(run.empty());
    }
    ArrivedRun empty(make(0), 0);
    EXPECT_EQ(empty.size(), 1u) << "a datagram may be empty";
}

TEST_F(ArrivedRunTest, WhatLiesAskewIsCopied) {
    ArrivedRun run(make(30), 12);
    Datagram first;
    run.take(first);
    ASSERT_TRUE(run.is_askew());
    Datagram second;
    run.take(second, pool_.allocate());
    EXPECT_EQ(second.buffer.size(), 12u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(second.buffer.data()) % 8, 0u);
    EXPECT_EQ(second.buffer.data()[11], std::byte{'x'});
}

// A socket of our own on the loopback, whose options a test may spoil.
class SendBatchTest : public Batches {
protected:
    void SetUp() override {
        Result<PinnedSocket> from = PinnedSocket::open(plan());
        ASSERT_TRUE(from) << from.error().what;
        ASSERT_EQ(from->bind(0, false), 0);
        sender_ = std::make_unique<Receiver>(std::move(*from), Receiver::Role::Unicast,
                                             plan().interface, counters_);
        sender_->segmentation = Segmentation(true);
        Result<PinnedSocket> to = PinnedSocket::open(plan());
        ASSERT_TRUE(to) << to.error().what;
        ASSERT_EQ(to->bind(0, false), 0);
        receiver_ = std::make_unique<PinnedSocket>(std::move(*to));
    }
    static SocketPlan plan() {
        return {InterfaceIndex{::if_nametoindex("lo")}, "lo", Family::Ipv4, 1u << 20, false};
    }
    std::vector<Datagram> run(std::size_t count) {
        std::vector<Datagram> batch;
        for (std::size_t i = 0; i < count; ++i)
            batch.push_back(make(64, receiver_->port()));
        return batch;
    }
    std::size_t arrived() {
        std::size_t count = 0;
        std::array<std::byte, 2048> bytes{};
        while (::recv(receiver_->fd(), bytes.data(), bytes.size(), MSG_DONTWAIT) == 64)
            ++count;
        return count;
    }

    TransportCounters counters_;
    std::unique_ptr<Receiver> sender_;
    std::unique_ptr<PinnedSocket> receiver_;
    SyscallSender kernel_;
    SendBatch batch_{1472, 1, kernel_};
};

TEST_F(SendBatchTest, WhatIsRefusedAsARunGoesDatagramByDatagram) {
    // Without a checksum the kernel takes no run (udp_send_skb): EINVAL.
    ASSERT_EQ(set_option(sender_->socket.fd(), SOL_SOCKET, SO_NO_CHECK, 1), 0);
    for (unsigned i = 1; i <= Segmentation::kRefusalsMax; ++i) {
        EXPECT_TRUE(sender_->segmentation.in_use());
        EXPECT_EQ(batch_.send(*sender_, run(10)), 10u);
        EXPECT_EQ(arrived(), 10u);
    }
    EXPECT_FALSE(sender_->segmentation.in_use()) << "not tried again";
    EXPECT_EQ(sender_->segmentation.take_news(), EINVAL);
    EXPECT_EQ(sender_->segmentation.take_news(), 0) << "told once";
    EXPECT_EQ(batch_.send(*sender_, run(10)), 10u);
    EXPECT_EQ(arrived(), 10u);
    EXPECT_EQ(counters_.sent_datagrams, 10u * (Segmentation::kRefusalsMax + 1));
    EXPECT_EQ(counters_.send_errors, 0u);
}

TEST_F(SendBatchTest, ARefusalThatIsNotForTheRunLeavesRunsAlone) {
    for (unsigned i = 0; i <= Segmentation::kRefusalsMax; ++i) {
        std::vector<Datagram> batch = run(5);
        for (Datagram& datagram : batch)
            datagram.destination.port = 0;  // nobody listens there: EINVAL
        EXPECT_EQ(batch_.send(*sender_, batch), 5u);
    }
    EXPECT_TRUE(sender_->segmentation.in_use());
    EXPECT_EQ(counters_.send_errors, 5u * (Segmentation::kRefusalsMax + 1));
    EXPECT_EQ(batch_.send(*sender_, run(5)), 5u);
    EXPECT_EQ(arrived(), 5u);
}

TEST_F(SendBatchTest, WhatIsTooLongIsRefusedAloneAmongRuns) {
    std::vector<Datagram> batch = run(9);
    batch[4].buffer.resize(1480);
    EXPECT_EQ(batch_.send(*sender_, batch), 9u);
    EXPECT_EQ(arrived(), 8u);
    EXPECT_EQ(counters_.send_errors, 1u);
    EXPECT_EQ(counters_.last_send_error, EMSGSIZE);
}

}  // namespace

}  // namespace mcast::socket
