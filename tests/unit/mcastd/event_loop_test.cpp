#include "tools/mcastd/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

namespace mcastd {
namespace {

using std::chrono::microseconds;

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        in = mcast::FileDescriptor(ends[0]);
        out = mcast::FileDescriptor(ends[1]);
    }
    void write() const { EXPECT_EQ(::write(out.get(), "x", 1), 1); }
    mcast::FileDescriptor in, out;
};

class EventLoopTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = EventLoop::make();
        ASSERT_TRUE(made) << made.error().what;
        loop = std::move(*made);
    }
    void once() { loop->run_once(EventLoop::now()); }

    std::unique_ptr<EventLoop> loop;
};

TEST_F(EventLoopTest, ADescriptorThatCanBeReadCallsItsHandlerUntilItIsForgotten) {
    Pipe pipe;
    int called = 0;
    ASSERT_TRUE(loop->watch(pipe.in.get(), EPOLLIN, [&](std::uint32_t) { ++called; }));
    once();
    EXPECT_EQ(called, 0);
    pipe.write();
    once();
    once();  // level-triggered
    EXPECT_EQ(called, 2);
    loop->forget(pipe.in.get());
    once();
    EXPECT_EQ(called, 2);
}

TEST_F(EventLoopTest, LooksForMoreBeforeItSleeps) {
    Pipe pipe;
    int called = 0;
    ASSERT_TRUE(loop->watch(pipe.in.get(), EPOLLIN, [&](std::uint32_t) {
        ++called;
        loop->forget(pipe.in.get());
    }));
    loop->set_busy_poll(std::chrono::hours(1));
    pipe.write();
    loop->run_once(mcast::kNever);
    EXPECT_EQ(called, 1);
    loop->run_once(mcast::kNever);  // nothing will come: it would sleep for ever
    loop->set_busy_poll({});
    const auto before = EventLoop::now();
    loop->run_once(before + std::chrono::milliseconds(2));
    EXPECT_GE(EventLoop::now(), before + std::chrono::milliseconds(2));
}

TEST_F(EventLoopTest, AHandlerMayForgetItselfAndOthersOfTheSameBatch) {
    Pipe a, b;
    int called = 0;
    const auto forget_both = [&](std::uint32_t) {
        ++called;
        loop->forget(a.in.get());
        loop->forget(b.in.get());
    };
    ASSERT_TRUE(loop->watch(a.in.get(), EPOLLIN, forget_both));
    ASSERT_TRUE(loop->watch(b.in.get(), EPOLLIN, forget_both));
    a.write();
    b.write();
    once();
    EXPECT_EQ(called, 1);
}

TEST_F(EventLoopTest, WatchingAgainReplacesTheHandler) {
    Pipe pipe;
    std::string called;
    ASSERT_TRUE(loop->watch(pipe.in.get(), EPOLLIN, [&](std::uint32_t) { called += 'a'; }));
    ASSERT_TRUE(loop->watch(pipe.in.get(), EPOLLIN, [&](std::uint32_t) { called += 'b'; }));
    pipe.write();
    once();
    EXPECT_EQ(called, "b");
}

TEST_F(EventLoopTest, ADescriptorThatCannotBeWatchedIsAnError) {
    EXPECT_FALSE(loop->watch(-1, EPOLLIN, [](std::uint32_t) {}));
}

TEST_F(EventLoopTest, TimersExpireInTheOrderOfTheirDeadlines) {
    std::string order;
    const mcast::Instant now = EventLoop::now();
    loop->at(now - microseconds(1), [&] { order += 'b'; });
    loop->at(now - microseconds(2), [&] { order += 'a'; });
    loop->at(now + std::chrono::hours(1), [&] { order += 'c'; });
    once();
    EXPECT_EQ(order, "ab");
}

TEST_F(EventLoopTest, ATimerEndsASleepAndMayStopTheLoop) {
    loop->at(EventLoop::now() + microseconds(200), [&] { loop->stop(); });
    loop->run();  // returns
}

TEST_F(EventLoopTest, ARepeatedTimerExpiresAgainUntilItIsCancelledByItself) {
    int expired = 0;
    EventLoop::Timer timer = 0;
    timer = loop->every(microseconds(10), [&] {
        if (++expired == 3) {
            loop->cancel(timer);
            loop->stop();
        }
    });
    loop->run();
    EXPECT_EQ(expired, 3);
    loop->at(EventLoop::now() + microseconds(100), [&] { loop->stop(); });
    loop->run();
    EXPECT_EQ(expired, 3);
}

TEST_F(EventLoopTest, ACancelledTimerDoesNotExpire) {
    bool expired = false;
    loop->cancel(loop->at(EventLoop::now() - microseconds(1), [&] { expired = true; }));
    once();
    EXPECT_FALSE(expired);
}

TEST_F(EventLoopTest, ATurnRunsBeforeEachSleepAndBoundsIt) {
    int turns = 0;
    loop->add_turn([&] {
        if (++turns == 3) loop->stop();
        return EventLoop::now() + microseconds(50);
    });
    loop->run();  // nothing else would wake it
    EXPECT_EQ(turns, 3);
}

TEST_F(EventLoopTest, ASignalComesWithItsSender) {
    Signal got;
    ASSERT_TRUE(loop->on_signals({SIGUSR1}, [&](const Signal& signal) { got = signal; }));
    ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);
    once();
    EXPECT_EQ(got.number, SIGUSR1);
    EXPECT_EQ(got.pid, ::getpid());
    EXPECT_EQ(got.uid, ::getuid());
}

}  // namespace
}  // namespace mcastd
