#include "relay/announcement_book.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mcast::relay {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};

struct Bytes : BufferBlock {
    Bytes() : BufferBlock([](BufferBlock&) noexcept {}) {}
    alignas(8) std::byte bytes[AnnouncementBook::kEntrySize]{};
};

class Book : public testing::Test {
protected:
    void note(AnnouncementBook& book, Instant at, std::uint64_t origin, std::string_view text,
              std::uint32_t interface = 2, std::uint16_t part = 0) {
        std::transform(text.begin(), text.end(), block_.bytes,
                       [](char letter) { return static_cast<std::byte>(letter); });
        Datagram datagram;
        block_.references = 1;
        datagram.buffer = Buffer(block_, block_.bytes, static_cast<std::uint32_t>(text.size()),
                                 sizeof(block_.bytes));
        datagram.interface = {interface};
        datagram.source = {Address::ipv4(10, 0, 0, 7), 7401};
        datagram.way = Way::Broadcast;
        book.note(at, PeerId{origin}, part, datagram);
    }
    // "TEXT@INTERFACE" of each, sorted.
    static std::vector<std::string> recalled(const AnnouncementBook& book, Instant now) {
        std::vector<std::string> found;
        book.recall(now, [&](std::span<const std::byte> bytes, Datagram& datagram) {
            std::string text;
            for (const std::byte byte : bytes)
                text.push_back(static_cast<char>(byte));
            found.push_back(text + "@" + std::to_string(datagram.interface.value));
            EXPECT_EQ(datagram.source, (Endpoint{Address::ipv4(10, 0, 0, 7), 7401}));
            EXPECT_EQ(datagram.way, Way::Broadcast);
        });
        std::sort(found.begin(), found.end());
        return found;
    }
    using Texts = std::vector<std::string>;

    Bytes block_;
    std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(AnnouncementBook::kSize / 8);
    std::span<std::byte> memory_ = std::as_writable_bytes(std::span(words_));
};

TEST_F(Book, TheNextRunRecallsTheNewestOfEachWay) {
    {
        AnnouncementBook book(memory_);
        note(book, kStart, 1, "old");
        note(book, kStart + 1s, 1, "new");
        note(book, kStart + 1s, 1, "new", 3);
        note(book, kStart + 1s, 1, "second part", 2, 1);
        note(book, kStart, 5, "other");
        EXPECT_EQ(book.size(), 4u);
    }
    AnnouncementBook book(memory_);
    EXPECT_EQ(book.size(), 4u);
    EXPECT_EQ(recalled(book, kStart + 2s), (Texts{"new@2", "new@3", "other@2", "second part@2"}));
    note(book, kStart + 3s, 1, "newer", 3);  // in the place of the one before
    EXPECT_EQ(recalled(book, kStart + 3s), (Texts{"new@2", "newer@3", "other@2", "second part@2"}));
}

TEST_F(Book, WhatIsOldOrOfOneThatLeftIsNotRecalled) {
    AnnouncementBook book(memory_);
    note(book, kStart, 1, "one");
    note(book, kStart + 5s, 2, "two");
    note(book, kStart + 5s, 3, "three");
    book.forget(PeerId{3});
    EXPECT_EQ(recalled(book, kStart + 11s), Texts{"two@2"});
    EXPECT_EQ(recalled(AnnouncementBook(memory_), kStart + 6s), (Texts{"one@2", "two@2"}));
    EXPECT_EQ(recalled(book, kStart - 1s), Texts{}) << "of another boot of the machine";
}

TEST_F(Book, TheFirstNotedMakesRoom) {
    AnnouncementBook book(memory_);
    for (std::uint64_t origin = 1; origin <= AnnouncementBook::kEntries + 10; ++origin)
        note(book, kStart, origin, std::to_string(origin));
    EXPECT_EQ(book.size(), AnnouncementBook::kEntries);
    const Texts found = recalled(book, kStart);
    EXPECT_EQ(found.size(), AnnouncementBook::kEntries);
    EXPECT_FALSE(std::binary_search(found.begin(), found.end(), "10@2"));
    EXPECT_TRUE(std::binary_search(found.begin(), found.end(), "11@2"));
}

TEST_F(Book, MemoryOfAnotherFormIsEmptied) {
    std::fill(words_.begin(), words_.end(), 0x5555'5555'5555'5555u);
    AnnouncementBook book(memory_);
    EXPECT_EQ(book.size(), 0u);
    note(book, kStart, 1, "one");
    // Whoever else may write there: what cannot be is left out.
    std::fill(words_.begin() + AnnouncementBook::kEntrySize / 8,
              words_.begin() + AnnouncementBook::kEntrySize / 8 + 8, ~std::uint64_t{0});
    EXPECT_EQ(recalled(AnnouncementBook(memory_), kStart), Texts{});
}

}  // namespace
}  // namespace mcast::relay
