#include "tools/mcast/file/backlog.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mcast::cli {
namespace {

std::vector<Piece> take(Backlog& backlog, std::uint64_t size_max, std::size_t count = 1000) {
    std::vector<Piece> all;
    while (all.size() < count) {
        const auto piece = backlog.front(size_max);
        if (!piece) break;
        backlog.pop(*piece);
        all.push_back(*piece);
    }
    return all;
}

TEST(Backlog, PiecesEndAtMultiples) {
    Backlog backlog(1);
    backlog.add({0, {3, 25}});
    EXPECT_EQ(take(backlog, 10), (std::vector<Piece>{{0, {3, 10}}, {0, {10, 20}}, {0, {20, 25}}}));
    EXPECT_TRUE(backlog.empty());
}

TEST(Backlog, WhatSeveralWantIsSentOnce) {
    Backlog backlog(2);
    backlog.add({1, {0, 20}});
    backlog.add({1, {10, 30}});
    EXPECT_EQ(backlog.size(), 30u);
    EXPECT_EQ(take(backlog, 10).size(), 3u);
}

TEST(Backlog, WhoComesLateGetsTheBeginningAfterTheEnd) {
    Backlog backlog(2);
    backlog.add({0, {0, 20}});
    backlog.add({1, {0, 10}});
    EXPECT_EQ(take(backlog, 10, 1), (std::vector<Piece>{{0, {0, 10}}}));
    backlog.add({0, {0, 20}});
    backlog.add({1, {0, 10}});
    EXPECT_EQ(take(backlog, 10), (std::vector<Piece>{{0, {10, 20}}, {1, {0, 10}}, {0, {0, 10}}}));
}

TEST(Backlog, AFileLaterThanWhereItWasLeft) {
    Backlog backlog(3);
    backlog.add({2, {0, 10}});
    EXPECT_EQ(take(backlog, 10).size(), 1u);
    backlog.add({2, {0, 5}});
    backlog.add({0, {0, 5}});
    EXPECT_EQ(take(backlog, 10), (std::vector<Piece>{{0, {0, 5}}, {2, {0, 5}}}));
}

}  // namespace
}  // namespace mcast::cli
