#include "tools/mcast/account.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mcast::cli {
namespace {

StreamInfo stream() {
    StreamInfo info;
    info.publisher = PeerId{7};
    info.peer_name = "pad";
    info.topic = "log";
    info.delivery = Delivery::Reliable;
    info.first = 11;
    info.newest = 30;
    info.delivered = 12;
    info.waiting = 3;
    info.missing = 1;
    info.lost[static_cast<std::size_t>(StreamLoss::Network)] = 3;
    info.lost[static_cast<std::size_t>(StreamLoss::Kernel)] = 1;
    return info;
}

TEST(Account, OfAStreamThatSums) {
    EXPECT_EQ(sent_count(stream()), 20u);
    EXPECT_TRUE(sums(stream()));
    EXPECT_EQ(account(stream()),
              "pad: 20 sent = 12 delivered + 3 waiting + 1 missing + 4 lost (kernel 1, network 3)");
}

TEST(Account, OneThatDoesNotSumIsSaid) {
    StreamInfo wrong = stream();
    --wrong.delivered;
    EXPECT_FALSE(sums(wrong));
    EXPECT_NE(account_table(std::array{wrong}).find("does not sum: 19 accounted for"),
              std::string::npos);
}

TEST(Account, BeforeItsBeginningIsKnown) {
    StreamInfo joining;
    joining.newest = 5;
    EXPECT_EQ(sent_count(joining), 0u);
    EXPECT_TRUE(sums(joining));
}

TEST(Account, TableAndJson) {
    const std::string shown = account_table(std::array{stream()});
    EXPECT_EQ(shown.find("PUBLISHER  DELIVERY  FIRST"), 0u);
    EXPECT_NE(shown.find("\npad        reliable  11     30      20    12"), std::string::npos);
    JsonWriter json;
    write(std::array{stream()}, json);
    EXPECT_NE(json.text().find(R"("sent":20,"delivered":12,"waiting":3,"missing":1,)"
                               R"("lost":{"kernel":1,"network":3},"sums":true)"),
              std::string::npos)
        << json.text();
}

}  // namespace
}  // namespace mcast::cli
