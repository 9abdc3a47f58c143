#include "mcast/address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace mcast {
namespace {

using namespace std::string_view_literals;

Address address(std::string_view text) {
    const auto parsed = Address::parse(text);
    EXPECT_TRUE(parsed.has_value()) << text;
    return parsed.value_or(Address());
}

TEST(Address, ReadsAndWritesBothFamilies) {
    EXPECT_EQ(address("10.1.2.3"), Address::ipv4(10, 1, 2, 3));
    EXPECT_EQ(address("fe80::1").family(), Family::Ipv6);
    EXPECT_EQ(address("10.1.2.3").bytes().size(), 4u);
    EXPECT_EQ(address("::").bytes().size(), 16u);
    EXPECT_EQ(Address().bytes().size(), 0u);
    for (const char* text : {"0.0.0.0", "255.255.255.255", "239.255.1.2", "::", "::1", "fe80::1"})
        EXPECT_EQ(to_string(address(text)), text);
}

// Section 4 of RFC 5952: no leading zeros, lower case, the longest run of zeros (the first of
// equals) becomes ::, a single zero does not.
TEST(Address, WritesTheCanonicalTextOfIpv6) {
    const struct {
        const char* written;
        const char* canonical;
    } cases[] = {
        {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
        {"2001:DB8::ABCD", "2001:db8::abcd"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"FF12:0:0:0:0:4D43:0:1", "ff12::4d43:0:1"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
    };
    for (const auto& each : cases)
        EXPECT_EQ(to_string(address(each.written)), each.canonical);
}

TEST(Address, RefusesWhatIsNone) {
    for (const std::string_view text : {""sv,
                                        "1"sv,
                                        "10.0.0"sv,
                                        "10.0.0.256"sv,
                                        "10.0.0.1.2"sv,
                                        "10.0.0.01"sv,
                                        " 10.0.0.1"sv,
                                        "10.0.0.1 "sv,
                                        "10.0.0.1\0"sv,
                                        "10.0.0.1\0.5"sv,
                                        "10.0.0.1:80"sv,
                                        "fe80::1%eth0"sv,
                                        "[::1]"sv,
                                        "1::2::3"sv,
                                        ":"sv,
                                        ":::"sv,
                                        "12345::"sv,
                                        "0:0:0:0:0:0:0:0:0"sv,
                                        "localhost"sv,
                                        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv})
        EXPECT_FALSE(Address::parse(text).has_value()) << text;
}

TEST(Address, KnowsItsClass) {
    const struct {
        const char* text;
        bool multicast, limited_broadcast, link_local, loopback, unspecified;
    } cases[] = {
        {"223.255.255.255", false, false, false, false, false},
        {"224.0.0.0", true, false, false, false, false},
        {"239.255.255.255", true, false, false, false, false},
        {"240.0.0.0", false, false, false, false, false},
        {"255.255.255.255", false, true, false, false, false},
        {"169.254.0.1", false, false, true, false, false},
        {"169.253.0.1", false, false, false, false, false},
        {"127.255.0.1", false, false, false, true, false},
        {"0.0.0.0", false, false, false, false, true},
        {"ff02::1", true, false, false, false, false},
        {"fe80::1", false, false, true, false, false},
        {"febf::1", false, false, true, false, false},
        {"fec0::1", false, false, false, false, false},
        {"::1", false, false, false, true, false},
        {"::2", false, false, false, false, false},
        {"::", false, false, false, false, true},
    };
    for (const auto& each : cases) {
        const Address value = address(each.text);
        EXPECT_EQ(value.is_multicast(), each.multicast) << each.text;
        EXPECT_EQ(value.is_limited_broadcast(), each.limited_broadcast) << each.text;
        EXPECT_EQ(value.is_link_local(), each.link_local) << each.text;
        EXPECT_EQ(value.is_loopback(), each.loopback) << each.text;
        EXPECT_EQ(value.is_unspecified(), each.unspecified) << each.text;
    }
    EXPECT_TRUE(Address().is_unspecified());
    EXPECT_FALSE(Address().is_multicast() || Address().is_loopback());
}

TEST(Address, ComparesPrefixes) {
    const Address a = address("10.1.2.3");
    EXPECT_TRUE(a.shares_prefix(address("99.0.0.0"), 0));
    EXPECT_TRUE(a.shares_prefix(address("10.1.2.2"), 31));
    EXPECT_FALSE(a.shares_prefix(address("10.1.2.2"), 32));
    EXPECT_TRUE(a.shares_prefix(address("10.1.99.99"), 16));
    EXPECT_TRUE(a.shares_prefix(address("10.0.0.0"), 15));
    EXPECT_FALSE(a.shares_prefix(address("10.0.0.0"), 16));
    EXPECT_FALSE(a.shares_prefix(a, 33)) << "longer than the address";
    EXPECT_TRUE(address("fe80::1").shares_prefix(address("fe80::1"), 128));
    EXPECT_FALSE(address("fe80::1").shares_prefix(address("fe80::2"), 128));
    EXPECT_FALSE(address("::").shares_prefix(address("0.0.0.0"), 0)) << "another family";
}

TEST(Endpoint, ReadsAndWritesWithAndWithoutPort) {
    EXPECT_EQ(Endpoint::parse("10.0.0.1:7400"), (Endpoint{Address::ipv4(10, 0, 0, 1), 7400}));
    EXPECT_EQ(Endpoint::parse("10.0.0.1"), (Endpoint{Address::ipv4(10, 0, 0, 1), 0}));
    EXPECT_EQ(Endpoint::parse("[fe80::1]:7400"), (Endpoint{address("fe80::1"), 7400}));
    EXPECT_EQ(Endpoint::parse("[fe80::1]"), (Endpoint{address("fe80::1"), 0}));
    EXPECT_EQ(Endpoint::parse("fe80::1"), (Endpoint{address("fe80::1"), 0}));
    EXPECT_EQ(Endpoint::parse("::"), (Endpoint{address("::"), 0}));
    for (const char* text : {"10.0.0.1:1", "10.0.0.1:65535", "[fe80::1]:7400", "[::]:1"})
        EXPECT_EQ(to_string(Endpoint::parse(text).value()), text);
}

TEST(Endpoint, RefusesWhatIsNone) {
    for (const std::string_view text : {""sv,
                                        ":"sv,
                                        ":80"sv,
                                        "10.0.0.1:"sv,
                                        "10.0.0.1:0"sv,
                                        "10.0.0.1:65536"sv,
                                        "10.0.0.1:+5"sv,
                                        "10.0.0.1:-5"sv,
                                        "10.0.0.1: 5"sv,
                                        "10.0.0.1:5x"sv,
                                        "10.0.0.1:5\0"sv,
                                        "10.0.0.1::5"sv,
                                        "[10.0.0.1]:80"sv,
                                        "[fe80::1"sv,
                                        "[fe80::1]80"sv,
                                        "[fe80::1]:"sv,
                                        "[fe80::1]x:80"sv,
                                        "[]:80"sv,
                                        "[]"sv,
                                        "["sv,
                                        "]"sv,
                                        "fe80::1]:80"sv,
                                        "host:80"sv})
        EXPECT_FALSE(Endpoint::parse(text).has_value()) << text;
}

TEST(Endpoint, OrdersByAddressThenPort) {
    const Endpoint a{Address::ipv4(10, 0, 0, 1), 2};
    const Endpoint b{Address::ipv4(10, 0, 0, 1), 3};
    const Endpoint c{Address::ipv4(10, 0, 0, 2), 1};
    EXPECT_LT(a, b);
    EXPECT_LT(b, c);
    EXPECT_NE(Address::ipv4(0, 0, 0, 0), address("::"));
}

}  // namespace
}  // namespace mcast
