#include "wire/header.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <gtest/gtest.h>
#include <wire.capnp.h>

#include <array>
#include <cstring>
#include <limits>

#include "base/random.hpp"
#include "vectors.hpp"

namespace mcast::wire::test {
namespace {

Header random_header(Random& random) {
    Header header;
    header.kind = DatagramKind::Data;
    header.flags = static_cast<std::uint8_t>(random.next());
    header.hops = static_cast<std::uint8_t>(random.next());
    header.message_count = 0;
    header.receiver = static_cast<std::uint16_t>(random.next());
    header.domain = static_cast<std::uint32_t>(random.next());
    header.origin.value = random.next() | 1;
    header.topic = random.next();
    header.sequence = random.next();
    header.sent_at = WallTime(Duration(static_cast<std::int64_t>(random.next())));
    return header;
}

void expect_equal(const Header& a, const Header& b) {
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.flags, b.flags);
    EXPECT_EQ(a.hops, b.hops);
    EXPECT_EQ(a.message_count, b.message_count);
    EXPECT_EQ(a.receiver, b.receiver);
    EXPECT_EQ(a.domain, b.domain);
    EXPECT_EQ(a.origin, b.origin);
    EXPECT_EQ(a.topic, b.topic);
    EXPECT_EQ(a.sequence, b.sequence);
    EXPECT_EQ(a.sent_at, b.sent_at);
}

Bytes written_by_generated_code(const Header& header) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<schema::Datagram>();
    root.setMagic(schema::MAGIC);
    root.setVersion(schema::VERSION);
    root.setKind(static_cast<std::uint8_t>(header.kind));
    root.setFlags(header.flags);
    root.setHops(header.hops);
    root.setOrigin(header.origin.value);
    root.setDomain(header.domain);
    root.setMessageCount(header.message_count);
    root.setReceiver(header.receiver);
    root.setTopic(header.topic);
    root.setSequence(header.sequence);
    root.setSentAt(header.sent_at.time_since_epoch().count());
    const auto words = capnp::messageToFlatArray(builder);
    const auto bytes = std::as_bytes(std::span(words.begin(), words.size()));
    return {bytes.begin(), bytes.end()};
}

Header read_by_generated_code(const Bytes& bytes) {
    capnp::FlatArrayMessageReader reader(
        kj::arrayPtr(reinterpret_cast<const capnp::word*>(bytes.data()), bytes.size() / 8));
    const auto root = reader.getRoot<schema::Datagram>();
    EXPECT_EQ(root.getMagic(), schema::MAGIC);
    EXPECT_EQ(root.getVersion(), schema::VERSION);
    Header header;
    header.kind = static_cast<DatagramKind>(root.getKind());
    header.flags = root.getFlags();
    header.hops = root.getHops();
    header.origin.value = root.getOrigin();
    header.domain = root.getDomain();
    header.message_count = root.getMessageCount();
    header.receiver = root.getReceiver();
    header.topic = root.getTopic();
    header.sequence = root.getSequence();
    header.sent_at = WallTime(Duration(root.getSentAt()));
    return header;
}

TEST(Header, IsTheBytesOfTheGeneratedCode) {
    Random random(1);
    for (int i = 0; i < 1000; ++i) {
        Header header = random_header(random);
        header.message_count = static_cast<std::uint16_t>(random.next());
        header.kind = static_cast<DatagramKind>(random.next() & 0xff);
        Bytes bytes(kHeaderSize, std::byte{0xee});
        write_header(std::span(bytes).first<kHeaderSize>(), header);
        ASSERT_EQ(bytes, written_by_generated_code(header));
        expect_equal(read_by_generated_code(bytes), header);
    }
}

TEST(Header, IsReadBack) {
    Random random(2);
    for (int i = 0; i < 1000; ++i) {
        const Header header = random_header(random);
        const ParsedHeader parsed = parse_header(written_by_generated_code(header));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed.size, kHeaderSize);
        expect_equal(parsed.header, header);
    }
}

TEST(Header, SettersChangeOneField) {
    Header header = sample_header(DatagramKind::Data, 0);
    Bytes bytes = make_datagram(header, {});
    header.sequence = std::numeric_limits<std::uint64_t>::max();
    header.sent_at = WallTime(Duration(-1));
    header.message_count = 0xabcd;
    header.flags = kFlagReliable | kFlagRepair;
    set_flags(bytes.data(), header.flags);
    set_sequence(bytes.data(), header.sequence);
    set_sent_at(bytes.data(), header.sent_at);
    set_message_count(bytes.data(), header.message_count);
    EXPECT_EQ(bytes, make_datagram(header, {}));
}

TEST(Header, ConstantsAreThoseOfTheSchema) {
    EXPECT_EQ(kMagic, schema::MAGIC);
    EXPECT_EQ(kVersion, schema::VERSION);
    EXPECT_EQ(std::memcmp(&kMagic, "MCST", 4), 0);
    EXPECT_EQ(kFlagExpress, schema::FLAG_EXPRESS);
    EXPECT_EQ(kFlagSealed, schema::FLAG_SEALED);
    EXPECT_EQ(kFlagRepair, schema::FLAG_REPAIR);
    EXPECT_EQ(kFlagReliable, schema::FLAG_RELIABLE);
    EXPECT_EQ(static_cast<int>(DatagramKind::Data), static_cast<int>(schema::DatagramKind::DATA));
    EXPECT_EQ(static_cast<int>(DatagramKind::Fragment),
              static_cast<int>(schema::DatagramKind::FRAGMENT));
    EXPECT_EQ(static_cast<int>(DatagramKind::Announce),
              static_cast<int>(schema::DatagramKind::ANNOUNCE));
    EXPECT_EQ(static_cast<int>(DatagramKind::Bye), static_cast<int>(schema::DatagramKind::BYE));
    EXPECT_EQ(static_cast<int>(DatagramKind::Ping), static_cast<int>(schema::DatagramKind::PING));
    EXPECT_EQ(static_cast<int>(DatagramKind::Pong), static_cast<int>(schema::DatagramKind::PONG));
    EXPECT_EQ(static_cast<int>(DatagramKind::Heartbeat),
              static_cast<int>(schema::DatagramKind::HEARTBEAT));
    EXPECT_EQ(static_cast<int>(DatagramKind::Nak), static_cast<int>(schema::DatagramKind::NAK));
    EXPECT_EQ(static_cast<int>(DatagramKind::ReceiverReport),
              static_cast<int>(schema::DatagramKind::RECEIVER_REPORT));
    EXPECT_EQ(static_cast<int>(DatagramKind::Parity),
              static_cast<int>(schema::DatagramKind::PARITY));
}

TEST(Header, OfANewerWriterIsReadUpToTheLimit) {
    for (std::uint32_t words = 7; words <= 40; ++words) {
        Bytes bytes(8 + words * 8);
        write_header(std::span(bytes).first<kHeaderSize>(), sample_header(DatagramKind::Data, 0));
        overwrite(bytes, 4, words);
        overwrite(bytes, 12, static_cast<std::uint16_t>(words - 1));
        const ParsedHeader parsed = parse_header(bytes);
        if (bytes.size() <= kHeaderSizeMax) {
            ASSERT_TRUE(parsed) << words;
            EXPECT_EQ(parsed.size, bytes.size());
            expect_equal(parsed.header, sample_header(DatagramKind::Data, 0));
        } else {
            EXPECT_EQ(parsed.cause, DropCause::MalformedHeader) << words;
        }
    }
}

TEST(Header, AnnouncesNoMoreMessagesThanFit) {
    Bytes bytes = make_datagram(sample_header(DatagramKind::Data, 2), {});
    bytes.resize(kHeaderSize + 2 * kMessageSizeMin);
    EXPECT_TRUE(parse_header(bytes));
    bytes.resize(bytes.size() - 1);
    EXPECT_EQ(parse_header(bytes).cause, DropCause::MalformedHeader);
}

TEST(Header, OfControlHasOneMessage) {
    for (const auto kind :
         {DatagramKind::Fragment, DatagramKind::Announce, DatagramKind::Bye, DatagramKind::Ping,
          DatagramKind::Pong, DatagramKind::Heartbeat, DatagramKind::Nak,
          DatagramKind::ReceiverReport, DatagramKind::Parity}) {
        for (std::uint16_t count = 0; count < 3; ++count) {
            Bytes bytes = make_datagram(sample_header(kind, count), {});
            bytes.resize(256);
            EXPECT_EQ(static_cast<bool>(parse_header(bytes)), count == 1);
        }
    }
}

TEST(Header, OfAnUnknownKindIsForTheCaller) {
    Bytes bytes = make_datagram(sample_header(static_cast<DatagramKind>(99), 2), {});
    bytes.resize(256);
    const ParsedHeader parsed = parse_header(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(static_cast<int>(parsed.header.kind), 99);
}

}  // namespace
}  // namespace mcast::wire::test
