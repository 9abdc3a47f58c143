// Who has a port, and how often that is looked up: a process may change its name, which only a new
// look tells.

#include "transports/socket/port_holder.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/file_descriptor.hpp"

namespace mcast::socket {

namespace {

// A shared socket on that port of 127.0.0.1; 0: on any, which is then known.
FileDescriptor hold(std::uint16_t& port) {
    FileDescriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    EXPECT_EQ(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    sockaddr_in local{};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    local.sin_port = htons(port);
    socklen_t length = sizeof(local);
    auto* const generic = reinterpret_cast<sockaddr*>(&local);
    EXPECT_EQ(::bind(fd.get(), generic, length), 0);
    EXPECT_EQ(::getsockname(fd.get(), generic, &length), 0);
    port = ntohs(local.sin_port);
    return fd;
}

std::string us(const std::string& name) {
    return "held by pid " + std::to_string(::getpid()) + " '" + name + "'";
}

TEST(PortHolderTest, ItIsLookedUpAgainOnceOthersHaveThePort) {
    std::array<char, 16> before{};
    ASSERT_EQ(::prctl(PR_GET_NAME, before.data()), 0);
    PortHolder holder;
    std::uint16_t port = 0;
    {
        const FileDescriptor first = hold(port);
        ASSERT_EQ(::prctl(PR_SET_NAME, "one"), 0);
        EXPECT_EQ(holder.find(Family::Ipv4, port), us("one"));
        ASSERT_EQ(::prctl(PR_SET_NAME, "another"), 0);
        EXPECT_EQ(holder.find(Family::Ipv4, port), us("one"));
        const FileDescriptor second = hold(port);
        EXPECT_EQ(holder.find(Family::Ipv4, port), us("another"));
        EXPECT_EQ(holder.find(Family::Ipv6, port), "");
    }
    EXPECT_EQ(holder.find(Family::Ipv4, port), "");
    EXPECT_EQ(::prctl(PR_SET_NAME, before.data()), 0);
}

}  // namespace

}  // namespace mcast::socket
