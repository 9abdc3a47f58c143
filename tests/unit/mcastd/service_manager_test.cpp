#include "tools/mcastd/service_manager.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "tests/unit/mcastd/temporary_directory.hpp"
#include "tools/mcastd/unix_address.hpp"

namespace mcastd {
namespace {

// Listens as systemd does.
class ServiceManagerTest : public testing::Test {
protected:
    void SetUp() override {
        socket = mcast::FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
        const auto address = unix_address(place / "notify");
        ASSERT_EQ(
            ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address), 0);
        ::setenv("NOTIFY_SOCKET", (place / "notify").c_str(), 1);
    }
    // The next datagram; a descriptor that came with it is in `passed`.
    std::string next() {
        std::array<char, 4096> text{};
        alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
        iovec data{text.data(), text.size()};
        msghdr header{};
        header.msg_iov = &data;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        const ssize_t size = ::recvmsg(socket.get(), &header, 0);
        if (size < 0) return "(nothing)";
        if (const cmsghdr* const rights = CMSG_FIRSTHDR(&header); rights != nullptr) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(rights), sizeof descriptor);
            passed = mcast::FileDescriptor(descriptor);
        }
        return {text.data(), static_cast<std::size_t>(size)};
    }

    TemporaryDirectory place;
    mcast::FileDescriptor socket;
    mcast::FileDescriptor passed;
};

TEST_F(ServiceManagerTest, ItIsToldWhatHappens) {
    ServiceManager manager = ServiceManager::from_environment();
    EXPECT_TRUE(manager.is_there());
    EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);  // not for children
    manager.ready("2 peers\nand more");
    EXPECT_EQ(next(), "READY=1\nSTATUS=2 peers and more");
    manager.status("3 peers");
    EXPECT_EQ(next(), "STATUS=3 peers");
    manager.reloading();
    EXPECT_TRUE(next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    manager.stopping("bye");
    EXPECT_EQ(next(), "STOPPING=1\nSTATUS=bye");
    manager.alive();  // nobody watches
    EXPECT_EQ(next(), "(nothing)");
}

TEST_F(ServiceManagerTest, TheWatchdogIsFedTwiceInItsTime) {
    ::setenv("WATCHDOG_USEC", "10000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    ServiceManager manager = ServiceManager::from_environment();
    EXPECT_EQ(manager.watchdog_interval(), std::chrono::seconds(5));
    manager.alive();
    EXPECT_EQ(next(), "WATCHDOG=1");
}

TEST_F(ServiceManagerTest, AWatchdogOfAnotherProcessIsNotOurs) {
    ::setenv("WATCHDOG_USEC", "10000000", 1);
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_EQ(ServiceManager::from_environment().watchdog_interval(), mcast::Duration::zero());
}

TEST_F(ServiceManagerTest, DescriptorsAreStoredWithTheirNames) {
    ServiceManager manager = ServiceManager::from_environment();
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const mcast::FileDescriptor in(ends[0]), out(ends[1]);
    EXPECT_TRUE(manager.store("control", out.get()));
    EXPECT_EQ(next(), "FDSTORE=1\nFDPOLL=0\nFDNAME=control");
    ASSERT_TRUE(passed);
    EXPECT_EQ(::write(passed.get(), "x", 1), 1);  // the same pipe
    char got = 0;
    EXPECT_EQ(::read(in.get(), &got, 1), 1);
    manager.remove("control");
    EXPECT_EQ(next(), "FDSTOREREMOVE=1\nFDNAME=control");
}

// A queue of unix(7) holds ten messages; a start stores more sockets than that.
TEST_F(ServiceManagerTest, OneThatReadsSlowlyHearsEverything) {
    ServiceManager manager = ServiceManager::from_environment();
    constexpr int kSockets = 600;
    int heard = 0;
    bool ready = false;
    std::thread reader([&] {
        pollfd readable{socket.get(), POLLIN, 0};
        while (!ready && ::poll(&readable, 1, 30'000) == 1) {
            const std::string message = next();
            heard += message.starts_with("FDSTORE=1") ? 1 : 0;
            ready = message.starts_with("READY=1");
        }
    });
    for (int i = 0; i < kSockets; ++i)
        EXPECT_TRUE(manager.store("e" + std::to_string(i), socket.get()));
    manager.ready("600 sockets");
    reader.join();
    EXPECT_TRUE(ready);
    EXPECT_EQ(heard, kSockets);
    EXPECT_EQ(manager.unsaid(), 0u);
}

TEST_F(ServiceManagerTest, OneThatNeverReadsIsWaitedForOnce) {
    ServiceManager manager = ServiceManager::from_environment();
    int said = 0;
    while (said < 100'000 && manager.store("e", socket.get()))
        ++said;
    EXPECT_EQ(manager.unsaid(), 1u);
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i)
        manager.ready("x");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
    EXPECT_EQ(manager.unsaid(), 21u);
    for (int i = 0; i < said; ++i)
        EXPECT_EQ(next(), "FDSTORE=1\nFDPOLL=0\nFDNAME=e");
    manager.ready("y");  // it reads again
    EXPECT_EQ(next(), "READY=1\nSTATUS=y");
}

TEST_F(ServiceManagerTest, WithoutOneEverythingIsSilentlyDone) {
    ::unsetenv("NOTIFY_SOCKET");
    ServiceManager manager = ServiceManager::from_environment();
    EXPECT_FALSE(manager.is_there());
    manager.ready("x");
    EXPECT_FALSE(manager.store("a", socket.get()));
    EXPECT_EQ(next(), "(nothing)");
    EXPECT_TRUE(manager.kept().empty());
}

// In a process of its own, where descriptors 3 and 4 can be what systemd makes of them.
TEST(ServiceManagerDeathTest, KeptDescriptorsComeBackByTheirNames) {
    const auto taken = [] {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) std::_Exit(2);
        const int in = ::fcntl(ends[0], F_DUPFD, 100);
        const int out = ::fcntl(ends[1], F_DUPFD, 100);
        ::dup2(in, 3);
        ::dup2(out, 4);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", "3", 1);  // one more than there is, below
        ::setenv("LISTEN_FDNAMES", "in:out:none", 1);
        ::close(5);
        ServiceManager manager = ServiceManager::from_environment();
        if (manager.kept() != std::vector<std::string>{"in", "out"}) std::_Exit(3);
        const mcast::FileDescriptor kept = manager.take("out");
        if (kept.get() != 4 || manager.take("out")) std::_Exit(4);
        if ((::fcntl(4, F_GETFD) & FD_CLOEXEC) == 0) std::_Exit(5);
        std::_Exit(0);
    };
    EXPECT_EXIT(taken(), testing::ExitedWithCode(0), "");
}

std::uint16_t bind_udp(int descriptor, std::uint16_t port, int shared) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &shared, sizeof shared);
    if (::bind(descriptor, generic, length) != 0 ||
        ::getsockname(descriptor, generic, &length) != 0)
        return 0;
    return ntohs(address.sin_port);
}

TEST(ServiceManagerDeathTest, WhoHoldsAPortAloneGivesItUp) {
    const auto released = [] {
        const int alone = ::socket(AF_INET, SOCK_DGRAM, 0);
        const int shared = ::socket(AF_INET, SOCK_DGRAM, 0);
        const int late = ::socket(AF_INET, SOCK_DGRAM, 0);
        const std::uint16_t port = bind_udp(alone, 0, 0);
        const std::uint16_t other_port = bind_udp(shared, 0, 1);
        const int copy = ::fcntl(alone, F_DUPFD, 100);  // the manager's
        const int high = ::fcntl(shared, F_DUPFD, 100);
        const int binds = ::fcntl(late, F_DUPFD, 100);
        ::dup2(copy, 3);
        ::dup2(high, 4);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", "2", 1);
        ::setenv("LISTEN_FDNAMES", "alone:shared", 1);
        ServiceManager manager = ServiceManager::from_environment();
        manager.release_port(other_port);
        if (manager.kept() != std::vector<std::string>{"alone", "shared"}) std::_Exit(3);
        manager.release_port(port);
        if (manager.kept() != std::vector<std::string>{"shared"}) std::_Exit(4);
        std::_Exit(bind_udp(binds, port, 1) == port ? 0 : 5);
    };
    EXPECT_EXIT(released(), testing::ExitedWithCode(0), "");
}

TEST(ServiceManagerDeathTest, DescriptorsOfAnotherProcessAreNotTouched) {
    const auto left = [] {
        ::setenv("LISTEN_PID", "1", 1);
        ::setenv("LISTEN_FDS", "2", 1);
        std::_Exit(ServiceManager::from_environment().kept().empty() ? 0 : 1);
    };
    EXPECT_EXIT(left(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace mcastd
