// The parts of the kernel-socket transport that need no socket.

#include <gtest/gtest.h>

#include <cerrno>
#include <thread>

#include "transports/socket/interface_sockets.hpp"
#include "transports/socket/kernel_abilities.hpp"
#include "transports/socket/socket_address.hpp"
#include "transports/socket/system_error.hpp"
#include "transports/socket/wait_set.hpp"

namespace mcast::socket {

namespace {

constexpr InterfaceIndex kInterface{7};

TEST(SocketAddressTest, EndpointsSurviveTheKernelsForm) {
    for (const char* text : {"10.1.2.3:7400", "255.255.255.255:1", "[fe80::1]:7401",
                             "[ff02::4d43]:7400", "[2001:db8::5]:65535"}) {
        const Endpoint endpoint = Endpoint::parse(text).value();
        SocketAddress address{};
        EXPECT_GT(to_kernel(endpoint, kInterface, address), 0u);
        EXPECT_EQ(to_string(to_endpoint(address)), text);
    }
}

TEST(SocketAddressTest, BytesAreInNetworkOrder) {
    SocketAddress address{};
    EXPECT_EQ(to_kernel(Endpoint::parse("1.2.3.4:258").value(), kInterface, address),
              sizeof(sockaddr_in));
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&address.ipv4.sin_port);
    EXPECT_EQ(bytes[0], 1);
    EXPECT_EQ(bytes[1], 2);
    bytes = reinterpret_cast<const std::uint8_t*>(&address.ipv4.sin_addr);
    EXPECT_EQ(bytes[0], 1);
    EXPECT_EQ(bytes[3], 4);
}

TEST(SocketAddressTest, OnlyAddressesOfALinkHaveAScope) {
    SocketAddress address{};
    to_kernel(Endpoint::parse("[fe80::1]:1").value(), kInterface, address);
    EXPECT_EQ(address.ipv6.sin6_scope_id, 7u);
    to_kernel(Endpoint::parse("[ff02::1]:1").value(), kInterface, address);
    EXPECT_EQ(address.ipv6.sin6_scope_id, 7u);
    to_kernel(Endpoint::parse("[2001:db8::1]:1").value(), kInterface, address);
    EXPECT_EQ(address.ipv6.sin6_scope_id, 0u);
}

TEST(SocketAddressTest, NoAddressHasNoLength) {
    SocketAddress address{};
    EXPECT_EQ(to_kernel({}, kInterface, address), 0u);
    EXPECT_EQ(to_endpoint(SocketAddress{}), Endpoint{});
}

TEST(SystemErrorTest, TellsNotNowFromNever) {
    EXPECT_EQ(system_error("x", ENODEV).code, ErrorCode::TryAgain);
    EXPECT_EQ(system_error("x", EADDRNOTAVAIL).code, ErrorCode::TryAgain);
    EXPECT_EQ(system_error("x", EADDRINUSE).code, ErrorCode::AddressInUse);
    EXPECT_EQ(system_error("x", EPERM).code, ErrorCode::PermissionDenied);
    EXPECT_EQ(system_error("x", EACCES).code, ErrorCode::PermissionDenied);
    EXPECT_EQ(system_error("x", EMFILE).code, ErrorCode::LimitReached);
    EXPECT_EQ(system_error("x", ENOPROTOOPT).code, ErrorCode::Unsupported);
    EXPECT_EQ(system_error("x", EIO).code, ErrorCode::System);
}

TEST(SystemErrorTest, SaysWhatWhereAndHowToMendIt) {
    const Error error = system_error("open a socket on eth0", EMFILE);
    EXPECT_EQ(error.os, EMFILE);
    EXPECT_EQ(error.what,
              "open a socket on eth0: Too many open files; raise the limit of open files: "
              "ulimit -n");
}

TEST(OptionsTest, TheDefaultsAreFine) {
    EXPECT_TRUE(checked({}));
}

TEST(OptionsTest, DatagramsAreWholeWords) {
    Options options;
    options.datagram_max = 1001;
    ASSERT_TRUE(checked(options));
    EXPECT_EQ(checked(options)->datagram_max, 1000u);
}

TEST(OptionsTest, NonsenseIsRefused) {
    std::vector<Options> nonsense(8);
    nonsense[0].port = 0;
    nonsense[1].unicast_port = nonsense[1].port;
    nonsense[2].datagram_max = 7;
    nonsense[3].datagram_max = 70000;
    nonsense[4].ipv4 = nonsense[4].ipv6 = false;
    nonsense[5].transmit_buffer_count = 0;
    nonsense[6].receive_buffer_count = 0;
    nonsense[7].receive_buffer_count = 1;
    for (const Options& options : nonsense) {
        const Result<Options> result = checked(options);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::InvalidArgument);
        EXPECT_EQ(result.error().what.substr(0, 16), "socket options: ");
    }
}

TEST(PreferredAddressTest, LinkLocalComesFirstForIpv6AndTheFirstForIpv4) {
    Interface interface;
    const auto add = [&interface](const char* text, bool tentative = false) {
        interface.addresses.push_back({Address::parse(text).value(), 64, {}, tentative});
    };
    EXPECT_FALSE(preferred_address(interface, Family::Ipv4));
    add("2001:db8::1");
    EXPECT_FALSE(preferred_address(interface, Family::Ipv4));
    EXPECT_EQ(preferred_address(interface, Family::Ipv6), Address::parse("2001:db8::1"));
    add("fe80::1", true);
    EXPECT_EQ(preferred_address(interface, Family::Ipv6), Address::parse("2001:db8::1"));
    add("fe80::2");
    EXPECT_EQ(preferred_address(interface, Family::Ipv6), Address::parse("fe80::2"));
    add("10.0.0.1");
    add("192.168.0.1");
    EXPECT_EQ(preferred_address(interface, Family::Ipv4), Address::parse("10.0.0.1"));
}

TEST(WaitSetTest, AWakeEndsOneWait) {
    Result<WaitSet> set = WaitSet::open();
    ASSERT_TRUE(set);
    std::thread([&set] { set->wake(); }).join();
    set->wait(std::nullopt, true);  // would never end without it
    set->wake();
    set->wait(std::nullopt, false);
    set->wake();
    set->look();
    EXPECT_EQ(set->next(), nullptr);
    set->wait(std::nullopt, true);
    set->wait(Duration::zero(), true);
}

}  // namespace

}  // namespace mcast::socket
