// Plain sockets of the kernel, on the loopback interface.

#include "transports/plain/kernel_plain_sockets.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <string>
#include <vector>

namespace mcast::plain {

namespace {

// What a service manager does: it has copies, and closes them in its own time.
class Keeper final : public socket::SocketKeeper {
public:
    int take(const std::string&) override { return -1; }
    void keep(const std::string& name, int fd) override { kept[name] = FileDescriptor(::dup(fd)); }
    void forget(const std::string& name) override {
        if (auto found = kept.extract(name)) forgotten.push_back(std::move(found.mapped()));
    }

    std::map<std::string, FileDescriptor> kept;
    std::vector<FileDescriptor> forgotten;
};

Interface loopback() {
    Interface lo;
    lo.index = InterfaceIndex{::if_nametoindex("lo")};
    lo.name = "lo";
    lo.mtu = 65536;
    lo.addresses = {{Address::ipv4(127, 0, 0, 1), 8, Address::ipv4(127, 255, 255, 255), false}};
    return lo;
}

sockaddr_in kernel_address(std::uint32_t address, std::uint16_t port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_addr.s_addr = htonl(address);
    result.sin_port = htons(port);
    return result;
}

// A socket that has this address for itself, on a port that nobody has.
struct Exclusive {
    explicit Exclusive(std::uint32_t address)
        : fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in local = kernel_address(address, 0);
        socklen_t length = sizeof(local);
        auto* const generic = reinterpret_cast<sockaddr*>(&local);
        EXPECT_EQ(::bind(fd.get(), generic, length), 0);
        EXPECT_EQ(::getsockname(fd.get(), generic, &length), 0);
        port = ntohs(local.sin_port);
    }

    FileDescriptor fd;
    std::uint16_t port = 0;
};

class KernelPlainSocketsTest : public testing::Test {
protected:
    Keeper keeper;
    const Interface lo = loopback();
    std::unique_ptr<PlainSockets> sockets = KernelPlainSockets::open(&keeper).value();
};

TEST_F(KernelPlainSocketsTest, WhatCannotListenIsNotKept) {
    {
        const Exclusive other(INADDR_LOOPBACK | 0x00ffffff);  // 127.255.255.255
        const Endpoint all{Address::ipv4(255, 255, 255, 255), other.port};
        const auto refused = sockets->listen(lo, all);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::AddressInUse) << refused.error().what;
        EXPECT_TRUE(keeper.kept.empty());
    }
    const Exclusive free(INADDR_LOOPBACK);
    const auto listening = sockets->listen(lo, {Address::ipv4(255, 255, 255, 255), free.port});
    ASSERT_TRUE(listening) << listening.error().what;
    EXPECT_EQ(keeper.kept.size(), 2u);
    sockets->close(*listening);
    EXPECT_TRUE(keeper.kept.empty());
}

TEST_F(KernelPlainSocketsTest, WhatIsClosedIsSilentThoughItsKeeperHasACopy) {
    const Exclusive from(INADDR_LOOPBACK);
    const Endpoint group{Address::ipv4(239, 255, 78, 1), from.port};
    const auto listening = sockets->listen(lo, group);
    ASSERT_TRUE(listening) << listening.error().what;
    ip_mreqn by{};
    by.imr_ifindex = static_cast<int>(lo.index.value);
    ASSERT_EQ(::setsockopt(from.fd.get(), IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof(by)), 0);
    const sockaddr_in to = kernel_address(0xefff4e01, from.port);
    pollfd readable{sockets->capabilities().fd, POLLIN, 0};
    ASSERT_EQ(
        ::sendto(from.fd.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 1);
    EXPECT_EQ(::poll(&readable, 1, 5000), 1);
    sockets->close(*listening);
    ASSERT_EQ(keeper.forgotten.size(), 1u);
    EXPECT_EQ(::poll(&readable, 1, 0), 0);
}

}  // namespace

}  // namespace mcast::plain
