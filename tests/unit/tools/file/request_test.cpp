#include "tools/mcast/file/request.hpp"

#include <capnp/message.h>
#include <gtest/gtest.h>

#include "tools/mcast/file/digest.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

Manifest manifest() {
    return {{{"a", 100, {}}, {"b", 10, Digest().finish()}}};
}

TEST(Digest, IsWhatSha256sumPrints) {
    Digest digest;
    digest.update(std::as_bytes(std::span("abc", 3)));
    EXPECT_EQ(hex(digest.finish()),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(digest.finish()),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Manifest, IsReadAsItWasWritten) {
    capnp::MallocMessageBuilder builder;
    manifest().write(builder.initRoot<file_schema::Offer>());
    const auto read = Manifest::read(builder.getRoot<file_schema::Offer>().asReader());
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, manifest());
    EXPECT_EQ(read->size(), 110u);
}

TEST(Manifest, NonsenseIsRefused) {
    for (const Manifest& wrong : {Manifest{}, Manifest{{{"a", 1, {}}, {"a", 2, {}}}},
                                  Manifest{{{"../a", 1, {}}, {"_.._a", 2, {}}}},
                                  Manifest{{{"a", std::uint64_t{1} << 60, {}}}}}) {
        capnp::MallocMessageBuilder builder;
        wrong.write(builder.initRoot<file_schema::Offer>());
        EXPECT_FALSE(Manifest::read(builder.getRoot<file_schema::Offer>().asReader()));
    }
    capnp::MallocMessageBuilder builder;
    auto file = builder.initRoot<file_schema::Offer>().initFiles(1)[0];
    file.setName("a");
    file.initHash(31);
    EXPECT_FALSE(Manifest::read(builder.getRoot<file_schema::Offer>().asReader()));
}

TEST(Request, IsReadAsItWasWritten) {
    Request request;
    request.receiver = 7;
    request.sender = PeerId{9};
    request.state = ReceiverState::WANTING;
    request.have = 50;
    request.end = 3;
    request.wanted = {{0, {50, 100}}, {1, {0, 10}}};
    request.reason = "why";
    capnp::MallocMessageBuilder builder;
    request.write(builder.initRoot<file_schema::FileRequest>());
    const auto read =
        Request::read(builder.getRoot<file_schema::FileRequest>().asReader(), manifest());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->receiver, 7u);
    EXPECT_EQ(read->sender, PeerId{9});
    EXPECT_EQ(read->state, ReceiverState::WANTING);
    EXPECT_EQ(read->have, 50u);
    EXPECT_EQ(read->end, 3u);
    EXPECT_EQ(read->wanted, request.wanted);
    EXPECT_EQ(read->reason, "why");
}

TEST(Request, WhatDoesNotFitTheFilesIsRefused) {
    const auto refused = [](const Piece& piece) {
        Request request;
        request.wanted = {piece};
        capnp::MallocMessageBuilder builder;
        request.write(builder.initRoot<file_schema::FileRequest>());
        return !Request::read(builder.getRoot<file_schema::FileRequest>().asReader(), manifest());
    };
    EXPECT_FALSE(refused({0, {0, 100}}));
    EXPECT_TRUE(refused({0, {0, 101}}));
    EXPECT_TRUE(refused({2, {0, 1}}));
    EXPECT_TRUE(refused({0, {5, 5}}));
    EXPECT_TRUE(refused({0, {UINT64_MAX - 1, 5}})) << "wraps around";
}

TEST(Request, MoreThanCanBeListedIsLeftForLater) {
    Request request;
    for (std::size_t i = 0; i < Request::kWantedMax + 5; ++i)
        request.wanted.push_back({0, {i % 50, i % 50 + 1}});
    capnp::MallocMessageBuilder builder;
    request.write(builder.initRoot<file_schema::FileRequest>());
    EXPECT_EQ(builder.getRoot<file_schema::FileRequest>().getWanted().size(), Request::kWantedMax);
}

}  // namespace
}  // namespace mcast::cli
