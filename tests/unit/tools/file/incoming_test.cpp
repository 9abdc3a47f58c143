#include "tools/mcast/file/incoming.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tools/mcast/file/outgoing_file.hpp"

namespace mcast::cli {
namespace {

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

// A folder that is removed in the end, and an offer of one file with a known content.
class IncomingTest : public testing::Test {
protected:
    IncomingTest() {
        std::string pattern = testing::TempDir() + "mcast-incoming-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
        folder_.emplace(std::move(*Folder::open(path_)));
        Digest digest;
        digest.update(bytes(content_));
        manifest_.files.push_back({"a.bin", content_.size(), digest.finish()});
    }
    ~IncomingTest() override { std::filesystem::remove_all(path_); }

    Incoming open(bool force = false) {
        auto opened = Incoming::open(*folder_, manifest_, force);
        EXPECT_TRUE(opened) << opened.error().what;
        return std::move(*opened);
    }
    std::string refusal(bool force = false) {
        const auto opened = Incoming::open(*folder_, manifest_, force);
        return opened ? "" : opened.error().what;
    }
    bool write(Incoming& incoming, Range range) {
        const auto written =
            incoming.write({0, range}, bytes(content_).subspan(range.first, range.size()));
        EXPECT_TRUE(written);
        return written && *written;
    }
    // What is wrong in the end; empty if nothing is.
    static std::string check(Incoming& incoming) {
        while (true) {
            const auto checked = incoming.check_some();
            if (!checked) return checked.error().what;
            if (!*checked) return "";
        }
    }
    std::string stored(const std::string& name) const {
        std::ifstream file(path_ + "/" + name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void store(const std::string& name, const std::string& text) const {
        std::ofstream(path_ + "/" + name, std::ios::binary) << text;
    }

    std::string content_ = std::string(3'000'000, 'x') + "the end";
    std::string path_;
    std::optional<Folder> folder_;
    Manifest manifest_;
};

TEST_F(IncomingTest, PiecesInAnyOrderBecomeTheFile) {
    Incoming incoming = open();
    const std::uint64_t size = content_.size();
    EXPECT_TRUE(write(incoming, {1'000'000, size}));
    EXPECT_EQ(incoming.wanted(), (std::vector<Piece>{{0, {0, 1'000'000}}}));
    EXPECT_FALSE(write(incoming, {2'000'000, 2'000'100})) << "it is there";
    EXPECT_TRUE(write(incoming, {0, 1'000'000}));
    EXPECT_TRUE(incoming.has_all());
    EXPECT_FALSE(incoming.is_finished());
    EXPECT_EQ(check(incoming), "");
    EXPECT_TRUE(incoming.is_finished());
    EXPECT_TRUE(stored("a.bin") == content_);
    EXPECT_FALSE(std::filesystem::exists(path_ + "/a.bin.part"));
}

TEST_F(IncomingTest, ALaterRunGoesOn) {
    std::uint64_t number = 0;
    {
        Incoming incoming = open();
        number = incoming.number();
        write(incoming, {0, 1'000'000});
        write(incoming, {2'000'000, 2'500'000});
        ASSERT_TRUE(incoming.save());
        // Not saved, as after a kill.
        write(incoming, {1'000'000, 1'100'000});
    }
    Incoming incoming = open();
    EXPECT_EQ(incoming.number(), number);
    EXPECT_EQ(incoming.resumed(), 1'500'000u);
    for (const Piece& piece : incoming.wanted())
        write(incoming, piece.range);
    EXPECT_EQ(check(incoming), "");
    EXPECT_TRUE(stored("a.bin") == content_);
}

TEST_F(IncomingTest, OtherContentThanWasSentIsThrownAway) {
    Incoming incoming = open();
    write(incoming, {0, 3'000'000});
    ASSERT_TRUE(incoming.write({0, {3'000'000, 3'000'007}}, bytes("the END")));
    EXPECT_NE(check(incoming).find("another hash than what was sent"), std::string::npos);
    EXPECT_TRUE(std::filesystem::is_empty(path_));
}

TEST_F(IncomingTest, TheSameFileIsNotReceivedAgain) {
    store("a.bin", content_);
    Incoming incoming = open();
    EXPECT_TRUE(incoming.wanted().empty());
    EXPECT_FALSE(incoming.is_finished());
    EXPECT_EQ(check(incoming), "");
    EXPECT_TRUE(incoming.is_finished());
    EXPECT_TRUE(incoming.arrivals()[0].was_there);
}

TEST_F(IncomingTest, AnotherFileIsReplacedOnlyByForce) {
    std::string other = content_;
    other[5] = 'y';
    for (const std::string& there : {std::string("short"), other}) {
        store("a.bin", there);
        std::string why = refusal();
        if (why.empty()) {
            Incoming incoming = open();
            why = check(incoming);
        }
        EXPECT_NE(why.find("already there"), std::string::npos) << why;
        EXPECT_NE(why.find("--force"), std::string::npos) << why;
        EXPECT_TRUE(stored("a.bin") == there);
        Incoming incoming = open(true);
        EXPECT_EQ(check(incoming), "");
        write(incoming, {0, content_.size()});
        EXPECT_EQ(check(incoming), "");
        EXPECT_TRUE(stored("a.bin") == content_);
    }
}

TEST_F(IncomingTest, OneThatAppearsMeanwhileIsNotReplaced) {
    Incoming incoming = open();
    write(incoming, {0, content_.size()});
    store("a.bin", "quick");
    EXPECT_NE(check(incoming).find("already there"), std::string::npos);
    EXPECT_EQ(stored("a.bin"), "quick");
}

TEST_F(IncomingTest, AForeignPartIsLeftAlone) {
    for (const std::string& there : {std::string("mine"), content_ + std::string(100, 'z')}) {
        store("a.bin.part", there);
        EXPECT_NE(refusal().find("no part of what is offered"), std::string::npos);
        EXPECT_TRUE(stored("a.bin.part") == there);
    }
}

TEST_F(IncomingTest, OneProcessAtATime) {
    const Incoming first = open();
    EXPECT_NE(refusal().find("by another process"), std::string::npos);
}

TEST_F(IncomingTest, LinksAreNotFollowed) {
    std::filesystem::create_symlink("/dev/null", path_ + "/a.bin.part");
    EXPECT_NE(refusal().find("a.bin.part"), std::string::npos);
}

TEST_F(IncomingTest, AnEmptyFileIsCompleteAtOnce) {
    manifest_.files[0] = {"empty", 0, Digest().finish()};
    Incoming incoming = open();
    EXPECT_TRUE(incoming.wanted().empty());
    EXPECT_EQ(check(incoming), "");
    EXPECT_TRUE(incoming.is_finished());
    EXPECT_TRUE(std::filesystem::exists(path_ + "/empty"));
}

TEST_F(IncomingTest, WhatIsOfferedIsWhatIsRead) {
    store("source", content_);
    std::uint64_t read = 0;
    const auto file = OutgoingFile::open(path_ + "/source", [&](std::uint64_t at) { read = at; });
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_EQ(read, content_.size());
    EXPECT_EQ(file->offered().name, "source");
    EXPECT_EQ(file->offered().hash, manifest_.files[0].hash);
    EXPECT_TRUE(file->check_unchanged());
    std::filesystem::resize_file(path_ + "/source", 10);
    EXPECT_FALSE(file->check_unchanged());
    std::array<std::byte, 20> room{};
    EXPECT_NE(file->read(0, room).error().what.find("became shorter"), std::string::npos);
    EXPECT_NE(OutgoingFile::open(path_, [](std::uint64_t) {}).error().what.find("is not a file"),
              std::string::npos);
}

}  // namespace
}  // namespace mcast::cli
