#include "mcast/topic.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/hash.hpp"
#include "base/utf8.hpp"

namespace mcast::wire::test {
namespace {

std::string ipv4(const Group& group) {
    std::string text;
    for (const std::uint8_t byte : group.address.bytes())
        text += (text.empty() ? "" : ".") + std::to_string(byte);
    return text;
}

std::string hex(const Group& group) {
    std::string text;
    for (const std::uint8_t byte : group.address.bytes()) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

// The numbers of schemas/README.md. To change one of them is to change the wire format.
TEST(TopicVectors, Hash) {
    EXPECT_EQ(hash(""), 0xc3817c016ba4ff30u);
    EXPECT_EQ(hash("a"), 0x5f29c2aadd9b8527u);
    EXPECT_EQ(hash("input"), 0x190a9f76a9bd8bf6u);
    EXPECT_EQ(hash("chat/überall"), 0x6abeec7ddbb1560cu);
}

TEST(TopicVectors, Ids) {
    EXPECT_EQ(topic_id("input", kBytesType), 0x190a9f76a006fd9du);
    EXPECT_EQ(topic_id("input", kAnyType), 0x190a9f761571ff00u);
    EXPECT_EQ(topic_id("world", 0xa1b2c3d4e5f60718), 0xf30dbe281f7cadb5u);
    EXPECT_EQ(domain_id("default"), 0x87a89c07u);
    EXPECT_EQ(domain_id("tanks"), 0xa2973b0fu);
}

TEST(TopicVectors, Groups) {
    EXPECT_EQ(ipv4(announce_group("default", Family::Ipv4, 7400)), "239.255.244.233");
    EXPECT_EQ(ipv4(topic_group("default", "input", Family::Ipv4, 7400)), "239.255.211.130");
    EXPECT_EQ(ipv4(topic_group("tanks", "input", Family::Ipv4, 7400)), "239.255.39.119");
    EXPECT_EQ(hex(announce_group("default", Family::Ipv6, 7400)),
              "ff1200000000000000004d43183bcfe9");
    EXPECT_EQ(hex(topic_group("default", "input", Family::Ipv6, 7400)),
              "ff1200000000000000004d43ae007c82");
    EXPECT_EQ(topic_group("default", "input", Family::Ipv6, 7400).port, 7400);
}

TEST(TopicId, HasTheNameAbove) {
    EXPECT_TRUE(same_topic_name(topic_id("input", 1), topic_id("input", 2)));
    EXPECT_NE(topic_id("input", 1), topic_id("input", 2));
    EXPECT_FALSE(same_topic_name(topic_id("input", 1), topic_id("inpuu", 1)));
}

TEST(TopicId, OfManyNamesDiffers) {
    std::set<std::uint64_t> upper;
    std::set<std::uint64_t> lower;
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t id = topic_id("topic/" + std::to_string(i), 1);
        upper.insert(id >> 32);
        lower.insert(id & 0xffffffff);
    }
    EXPECT_EQ(upper.size(), 1000u);
    EXPECT_EQ(lower.size(), 1000u);
}

TEST(Groups, StayInTheirRange) {
    std::set<std::string> groups;
    for (int i = 0; i < 20'000; ++i) {
        const std::string domain = "domain-" + std::to_string(i % 50);
        const std::string topic = "topic-" + std::to_string(i);
        const Group group = topic_group(domain, topic, Family::Ipv4, 1);
        const auto bytes = group.address.bytes();
        ASSERT_EQ(bytes[0], 239);
        ASSERT_EQ(bytes[1], 255);
        ASSERT_GE(bytes[2], 1);
        ASSERT_LE(bytes[2], 254);
        ASSERT_NE(group, announce_group(domain, Family::Ipv4, 1));
        ASSERT_NE(topic_group(domain, topic, Family::Ipv6, 1),
                  announce_group(domain, Family::Ipv6, 1));
        groups.insert(ipv4(group));
    }
    // Of 65024 addresses 20000 draws hit about 17200.
    EXPECT_GT(groups.size(), 16'500u);
}

TEST(Groups, TopicThatWouldMeetTheAnnouncementsTakesTheNext) {
    const Group announcements = announce_group("default", Family::Ipv4, 1);
    const std::uint64_t count = 65024;
    const std::uint64_t number = Hash().add("default").add(std::byte{0}).value() % count;
    for (int i = 0;; ++i) {
        ASSERT_LT(i, 2'000'000);
        const std::string topic = std::to_string(i);
        if (Hash().add("default").add(std::byte{0}).add(topic).value() % count != number) continue;
        const std::uint64_t next = (number + 1) % count + 0x100;
        EXPECT_EQ(topic_group("default", topic, Family::Ipv4, 1).address,
                  Address::ipv4(239, 255, static_cast<std::uint8_t>(next >> 8),
                                static_cast<std::uint8_t>(next)));
        EXPECT_NE(topic_group("default", topic, Family::Ipv4, 1), announcements);
        return;
    }
}

TEST(TopicName, Limits) {
    EXPECT_TRUE(check_topic_name("a"));
    EXPECT_TRUE(check_topic_name(std::string(255, 'x')));
    EXPECT_TRUE(check_topic_name("chat/überall 🎲"));
    EXPECT_FALSE(check_topic_name(""));
    EXPECT_FALSE(check_topic_name(std::string(256, 'x')));
    EXPECT_FALSE(check_topic_name("a\nb"));
    EXPECT_FALSE(check_topic_name(std::string_view("a\0b", 3)));
    EXPECT_EQ(check_topic_name("").error().code, ErrorCode::InvalidArgument);
}

TEST(PlainText, IsUtf8WithoutControlCharacters) {
    EXPECT_TRUE(is_plain_text(""));
    EXPECT_TRUE(is_plain_text("ASCII ~"));
    EXPECT_TRUE(is_plain_text("\xc2\xa0 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf"));
    EXPECT_TRUE(is_plain_text("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf"));
    const char* const refused[] = {
        "\x1f",              // control characters
        "\x7f",              //
        "\xc2\x80",          //
        "\xc2\x9f",          //
        "\x80",              // a continuation alone
        "\xc2",              // cut
        "\xe2\x82",          //
        "\xf0\x9f\x8e",      //
        "\xc2 ",             // a continuation that is none
        "\xc0\xaf",          // overlong
        "\xe0\x9f\xbf",      //
        "\xf0\x8f\xbf\xbf",  //
        "\xed\xa0\x80",      // a surrogate
        "\xf4\x90\x80\x80",  // beyond U+10FFFF
        "\xf8\x88\x80\x80\x80",
        "\xff",
    };
    for (const char* const text : refused)
        EXPECT_FALSE(is_plain_text(text)) << static_cast<int>(text[0]);
}

}  // namespace
}  // namespace mcast::wire::test
