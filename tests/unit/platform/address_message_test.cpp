#include "platform/address_message.hpp"

#include <gtest/gtest.h>
#include <linux/if_addr.h>
#include <sys/socket.h>

#include "netlink_bytes.hpp"

namespace mcast::platform {
namespace {

ifaddrmsg header(int family, unsigned prefix_length, unsigned flags = 0, unsigned index = 7) {
    ifaddrmsg value{};
    value.ifa_family = static_cast<unsigned char>(family);
    value.ifa_prefixlen = static_cast<unsigned char>(prefix_length);
    value.ifa_flags = static_cast<unsigned char>(flags);
    value.ifa_index = index;
    return value;
}

Bytes ipv4(unsigned prefix_length, std::initializer_list<Bytes> attributes) {
    return payload(header(AF_INET, prefix_length), attributes);
}

Bytes ipv6(unsigned flags) {
    return payload(header(AF_INET6, 64, flags & 0xff),
                   {octets(IFA_ADDRESS, {0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
                    number<std::uint32_t>(IFA_FLAGS, flags)});
}

TEST(AddressMessage, Ipv4OfALan) {
    const auto said = parse_address_message(
        ipv4(24, {octets(IFA_ADDRESS, {10, 0, 0, 1}), octets(IFA_LOCAL, {10, 0, 0, 1}),
                  octets(IFA_BROADCAST, {10, 0, 0, 255}), text(IFA_LABEL, "e0")}));
    ASSERT_TRUE(said);
    EXPECT_EQ(said->interface_index, 7u);
    const InterfaceAddress expected{Address::ipv4(10, 0, 0, 1), 24, Address::ipv4(10, 0, 0, 255),
                                    false};
    EXPECT_EQ(said->own, expected);
}

TEST(AddressMessage, OwnEndOfAPointToPointLinkIsLocal) {
    const auto said = parse_address_message(
        ipv4(32, {octets(IFA_ADDRESS, {10, 8, 0, 2}), octets(IFA_LOCAL, {10, 8, 0, 1})}));
    ASSERT_TRUE(said);
    EXPECT_EQ(said->own.address, Address::ipv4(10, 8, 0, 1));
    EXPECT_EQ(said->peer, Address::ipv4(10, 8, 0, 2));
    EXPECT_EQ(said->own.broadcast, Address());
}

TEST(AddressMessage, NetworksOfOneOrTwoAddressesHaveNoBroadcast) {
    for (const unsigned prefix_length : {30u, 31u, 32u}) {
        const auto said =
            parse_address_message(ipv4(prefix_length, {octets(IFA_LOCAL, {192, 0, 0, 2}),
                                                       octets(IFA_BROADCAST, {192, 0, 0, 3})}));
        ASSERT_TRUE(said);
        EXPECT_EQ(said->own.broadcast.family() != Family::None, prefix_length == 30);
    }
}

TEST(AddressMessage, MeaninglessBroadcastIsNone) {
    for (const auto& bad : {octets(IFA_BROADCAST, {0, 0, 0, 0}),
                            octets(IFA_BROADCAST, {10, 0, 0, 1}), octets(IFA_BROADCAST, {10, 0})}) {
        const auto said = parse_address_message(ipv4(24, {octets(IFA_LOCAL, {10, 0, 0, 1}), bad}));
        ASSERT_TRUE(said);
        EXPECT_EQ(said->own.broadcast, Address());
    }
}

TEST(AddressMessage, TentativeUnlessOptimistic) {
    EXPECT_FALSE(parse_address_message(ipv6(IFA_F_PERMANENT))->own.tentative);
    EXPECT_TRUE(parse_address_message(ipv6(IFA_F_TENTATIVE))->own.tentative);
    EXPECT_FALSE(parse_address_message(ipv6(IFA_F_TENTATIVE | IFA_F_OPTIMISTIC))->own.tentative);
    EXPECT_TRUE(parse_address_message(ipv6(IFA_F_TENTATIVE | IFA_F_DADFAILED))->duplicate);
    EXPECT_TRUE(parse_address_message(ipv6(IFA_F_TEMPORARY))->secondary);
}

TEST(AddressMessage, LongFlagsOverruleTheHeaders) {
    const auto said = parse_address_message(
        payload(header(AF_INET6, 64, IFA_F_TENTATIVE),
                {octets(IFA_ADDRESS, {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}),
                 number<std::uint32_t>(IFA_FLAGS, IFA_F_PERMANENT | IFA_F_MANAGETEMPADDR)}));
    ASSERT_TRUE(said);
    EXPECT_FALSE(said->own.tentative);
    // A kernel before 3.14 has the header's only.
    const auto old = parse_address_message(
        payload(header(AF_INET6, 64, IFA_F_TENTATIVE),
                {octets(IFA_ADDRESS, {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})}));
    ASSERT_TRUE(old);
    EXPECT_TRUE(old->own.tentative);
}

TEST(AddressMessage, HostileOnesAreRefused) {
    const Bytes local = octets(IFA_LOCAL, {10, 0, 0, 1});
    EXPECT_TRUE(parse_address_message(ipv4(32, {local})));
    EXPECT_FALSE(parse_address_message(ipv4(33, {local})));
    EXPECT_FALSE(parse_address_message(payload(header(AF_INET, 24, 0, 0), {local})));
    EXPECT_FALSE(parse_address_message(payload(header(AF_INET6, 129), {})));
    EXPECT_FALSE(parse_address_message(payload(header(AF_UNIX, 24), {local})));
    EXPECT_FALSE(parse_address_message(payload(header(AF_INET6, 64), {local})));
    EXPECT_FALSE(parse_address_message(ipv4(24, {})));
    EXPECT_FALSE(parse_address_message(ipv4(24, {octets(IFA_LOCAL, {10, 0, 0})})));
    EXPECT_FALSE(parse_address_message(ipv4(24, {octets(IFA_LOCAL, {0, 0, 0, 0})})));
    EXPECT_FALSE(parse_address_message(ipv4(24, {local, {std::byte{200}, std::byte{0}}})));
}

TEST(AddressMessage, CutAnywhereIsRefusedOrTheSameAddress) {
    const Bytes whole =
        ipv4(24, {octets(IFA_LOCAL, {10, 0, 0, 1}), octets(IFA_BROADCAST, {10, 0, 0, 255}),
                  number<std::uint32_t>(IFA_FLAGS, IFA_F_PERMANENT)});
    std::size_t parsed = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
        const auto said = parse_address_message(cut);
        if (!said) continue;
        ++parsed;
        EXPECT_EQ(said->own.address, Address::ipv4(10, 0, 0, 1)) << length;
    }
    EXPECT_EQ(parsed, 2u) << "after IFA_LOCAL and after IFA_BROADCAST";
}

}  // namespace
}  // namespace mcast::platform
