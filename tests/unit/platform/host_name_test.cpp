#include "platform/host_name.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <string>

#include "base/utf8.hpp"
#include "mcast/topic.hpp"
#include "network_namespace.hpp"

namespace mcast::platform {
namespace {

// Names that no test can expect of the machine it runs on.
class HostNameTest : public testing::Test {
protected:
    void SetUp() override {
        const NetworkNamespace root_of_something;
        if (!root_of_something.failure().empty() || unshare(CLONE_NEWUTS) != 0)
            GTEST_SKIP() << "no namespace for host names";
    }
    static void call_host(const std::string& name) {
        ASSERT_EQ(sethostname(name.data(), name.size()), 0);
    }
};

TEST_F(HostNameTest, IsCutAtItsDomainAndBetweenCharacters) {
    call_host("living-room.example.org");
    EXPECT_EQ(host_name(), "living-room");
    call_host(std::string(64, 'h'));
    EXPECT_EQ(host_name(), std::string(kPeerNameMax - 11, 'h'));
    std::string umlauts = "x";
    for (int i = 0; i < 31; ++i)
        umlauts += "\xc3\xa4";
    call_host(umlauts);
    EXPECT_TRUE(is_plain_text(host_name()));
    EXPECT_EQ(host_name(), umlauts.substr(0, host_name().size()));
    EXPECT_LE(default_node_name().size(), kPeerNameMax);
}

TEST_F(HostNameTest, WhatIsNoTextIsNotTold) {
    for (const char* name : {"", "\xff\xfe", "\xc3", "bell\a", ".org"}) {
        call_host(name);
        EXPECT_EQ(host_name(), "localhost") << name;
    }
}

}  // namespace
}  // namespace mcast::platform
