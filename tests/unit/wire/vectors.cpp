#include "vectors.hpp"

#include <bytes.capnp.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <array>
#include <chrono>
#include <cstring>

#include "mcast/topic.hpp"
#include "wire/control.hpp"
#include "wire/fragment.hpp"

namespace mcast::wire::test {
namespace {

using std::chrono::milliseconds;

Bytes flatten(capnp::MessageBuilder& message) {
    const kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
    const auto bytes = std::as_bytes(std::span(words.begin(), words.size()));
    return {bytes.begin(), bytes.end()};
}

// A header of a newer writer: two more data words, a pointer to text and a null pointer.
Bytes longer_header_datagram() {
    constexpr std::uint32_t kWords = 1 + 8 + 2 + 1;
    Bytes bytes(8 + kWords * 8);
    write_header(std::span(bytes).first<kHeaderSize>(), sample_header(DatagramKind::Data, 1));
    overwrite(bytes, 4, kWords);
    overwrite(bytes, 12, std::uint16_t{8});
    overwrite(bytes, 14, std::uint16_t{2});
    overwrite(bytes, 64, std::uint64_t{0x1111111111111111});
    overwrite(bytes, 72, std::uint64_t{0x2222222222222222});
    // A list of 6 bytes behind the next word.
    overwrite(bytes, 80, std::uint32_t{1 << 2 | 1});
    overwrite(bytes, 84, std::uint32_t{6 << 3 | 2});
    std::memcpy(bytes.data() + 96, "newer", 6);
    const Bytes message = bytes_message("behind a longer header");
    bytes.insert(bytes.end(), message.begin(), message.end());
    return bytes;
}

Bytes padded_datagram() {
    Bytes bytes = make_datagram(sample_header(DatagramKind::Data, 1),
                                std::array{bytes_message("padding follows")});
    bytes.resize(bytes.size() + 24);
    return bytes;
}

}  // namespace

Header sample_header(DatagramKind kind, std::uint16_t message_count) {
    const bool of_topic = kind == DatagramKind::Data || kind == DatagramKind::Fragment ||
                          kind == DatagramKind::Parity;
    Header header;
    header.kind = kind;
    header.message_count = message_count;
    header.domain = domain_id("default");
    header.origin = PeerId{0x0123456789abcdef};
    header.topic = of_topic ? topic_id("input", kBytesType) : 0;
    header.sequence = 42;
    header.sent_at = WallTime(Duration(1'700'000'000'123'456'789));
    return header;
}

Bytes make_datagram(const Header& header, std::span<const Bytes> messages) {
    Bytes bytes(kHeaderSize);
    write_header(std::span(bytes).first<kHeaderSize>(), header);
    for (const Bytes& message : messages)
        bytes.insert(bytes.end(), message.begin(), message.end());
    return bytes;
}

Bytes one_message(DatagramKind kind, const Bytes& message) {
    return make_datagram(sample_header(kind, 1), std::array{message});
}

Bytes bytes_message(std::string_view data) {
    capnp::MallocMessageBuilder builder;
    auto to = builder.initRoot<schema::Bytes>().initData(static_cast<unsigned>(data.size()));
    std::memcpy(to.begin(), data.data(), data.size());
    return flatten(builder);
}

Bytes announce_message() {
    const std::array topics{
        AnnouncedTopic{"world", 0xa1b2c3d4e5f60718, Delivery::Latest, true, false},
        AnnouncedTopic{"input", kBytesType, Delivery::BestEffort, false, true},
        AnnouncedTopic{"chat/überall", kAnyType, Delivery::BestEffort, true, true},
    };
    Announcement announcement;
    announcement.name = "living-room";
    announcement.software = "libmcast 0.1.0";
    announcement.interval = milliseconds(1000);
    announcement.revision = 7;
    announcement.part = 1;
    announcement.part_count = 3;
    announcement.wants_reply = true;
    announcement.topics = topics;
    return control(write_announcement, announcement);
}

Bytes bare_announce_message() {
    return control(write_announcement, Announcement{});
}

Bytes large_message() {
    std::string data;
    for (int i = 0; i < 200; ++i)
        data += static_cast<char>('a' + i % 26);
    return bytes_message(data);
}

std::vector<Bytes> fragment_datagrams() {
    const Bytes message = large_message();
    const auto plan = plan_fragments(static_cast<std::uint32_t>(message.size()), 192).value();
    std::vector<Bytes> datagrams;
    for (std::uint16_t index = 0; index < plan.count; ++index) {
        Header header = sample_header(DatagramKind::Fragment, 1);
        header.sequence += index;
        Bytes bytes(kFragmentDataAt);
        write_header(std::span(bytes).first<kHeaderSize>(), header);
        write_fragment(std::span(bytes).subspan<kHeaderSize, kFragmentOverhead>(), plan, index);
        const auto data = std::span(message).subspan(plan.offset(index), plan.length(index));
        bytes.insert(bytes.end(), data.begin(), data.end());
        datagrams.push_back(bytes);
    }
    return datagrams;
}

std::vector<Vector> make_vectors() {
    std::vector<Vector> vectors{
        {"header", "A header of kind data alone, without messages.", "ok",
         make_datagram(sample_header(DatagramKind::Data, 0), {})},
        {"data", "Three messages of bytes.capnp: 'one', 'two' and 'three, which is longer'.", "ok",
         make_datagram(sample_header(DatagramKind::Data, 3),
                       std::array{bytes_message("one"), bytes_message("two"),
                                  bytes_message("three, which is longer")})},
        {"data-padded", "One message and 24 bytes of padding, which messageCount excludes.", "ok",
         padded_datagram()},
        {"data-longer-header",
         "A header of a newer writer, with two more data words and two pointers; one message.",
         "ok", longer_header_datagram()},
        {"announce", "An announcement of three topics, the second of three parts.", "ok",
         one_message(DatagramKind::Announce, announce_message())},
        {"announce-bare", "The smallest announcement: every field has its default.", "ok",
         one_message(DatagramKind::Announce, bare_announce_message())},
        {"bye", "A bye with a reason.", "ok",
         one_message(DatagramKind::Bye, control(write_bye, Bye{"closed by its user"}))},
        {"ping", "A ping.", "ok",
         one_message(DatagramKind::Ping, control(write_ping, Ping{0xfedcba9876543210}))},
        {"pong", "The answer to the ping.", "ok",
         one_message(DatagramKind::Pong, control(write_pong, Ping{0xfedcba9876543210}))},
    };
    const std::vector<Bytes> fragments = fragment_datagrams();
    for (std::size_t i = 0; i < fragments.size(); ++i) {
        const std::string number = std::to_string(i);
        vectors.push_back({"fragment-" + number,
                           "Fragment " + number + " of 3 of a message of 224 bytes.", "ok",
                           fragments[i]});
    }
    for (const auto make : {make_stream_vectors, make_hostile_vectors, make_hostile_stream_vectors})
        for (Vector& vector : make())
            vectors.push_back(std::move(vector));
    return vectors;
}

std::string make_index(std::span<const Vector> vectors) {
    std::string text = "[\n";
    for (const Vector& vector : vectors) {
        text += R"(  {"file": ")" + vector.name + R"(.bin", "size": )" +
                std::to_string(vector.bytes.size()) + R"(, "verdict": ")" + vector.verdict +
                "\",\n   \"about\": \"" + vector.about + "\"}";
        text += &vector == &vectors.back() ? "\n" : ",\n";
    }
    return text + "]\n";
}

}  // namespace mcast::wire::test
