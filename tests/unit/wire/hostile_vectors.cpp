#include <array>
#include <cstring>
#include <limits>

#include "vectors.hpp"
#include "wire/control.hpp"
#include "wire/fragment.hpp"

namespace mcast::wire::test {
namespace {

constexpr std::uint32_t kHuge = std::numeric_limits<std::uint32_t>::max();

Bytes header_alone() {
    return make_datagram(sample_header(DatagramKind::Data, 0), {});
}

Bytes data() {
    return make_datagram(sample_header(DatagramKind::Data, 1),
                         std::array{bytes_message("something")});
}

Bytes announce() {
    return make_datagram(sample_header(DatagramKind::Announce, 1), std::array{announce_message()});
}

// Behind the header: the places of an announcement's message.
constexpr std::size_t kMessageAt = kHeaderSize;
constexpr std::size_t kPartAt = kMessageAt + 24;
constexpr std::size_t kNamePointerAt = kMessageAt + 32;
constexpr std::size_t kTopicsPointerAt = kMessageAt + 48;

void add_headers(std::vector<Vector>& to) {
    const auto add = [&](const char* name, const char* about, const char* verdict, Bytes bytes) {
        to.push_back({std::string("hostile-") + name, about, verdict, std::move(bytes)});
    };
    add("empty", "No bytes at all.", "foreign", {});
    add("magic", "Another magic.", "foreign",
        changed(header_alone(), layout::kMagicAt, std::uint32_t{0x41414141}));
    add("version", "Version 2.", "other-version",
        changed(header_alone(), layout::kVersionAt, std::uint8_t{2}));
    Bytes cut = header_alone();
    cut.resize(60);
    add("header-cut", "A header that ends after 60 bytes.", "malformed-header", cut);
    add("header-segments", "A header in two segments.", "malformed-header",
        changed(header_alone(), 0, std::uint32_t{1}));
    add("header-words", "A header of 2^32 - 1 words.", "malformed-header",
        changed(header_alone(), 4, kHuge));
    add("header-pointer", "A header whose root pointer leads elsewhere.", "malformed-header",
        changed(header_alone(), 8, std::uint32_t{4}));
    add("header-short", "A header of five data words.", "malformed-header",
        changed(header_alone(), 12, std::uint16_t{5}));
    add("header-struct", "A struct larger than its segment.", "malformed-header",
        changed(header_alone(), 14, std::uint16_t{0xffff}));
    add("origin", "Origin 0, which is nobody.", "malformed-header",
        changed(header_alone(), layout::kOriginAt, std::uint64_t{0}));
    add("count", "More messages than could fit.", "malformed-header",
        changed(data(), layout::kMessageCountAt, std::uint16_t{0xffff}));
    add("announce-count", "Two messages announced in an announcement.", "malformed-header",
        changed(announce(), layout::kMessageCountAt, std::uint16_t{2}));
}

void add_messages(std::vector<Vector>& to) {
    const auto add = [&](const char* name, const char* about, const char* verdict, Bytes bytes) {
        to.push_back({std::string("hostile-") + name, about, verdict, std::move(bytes)});
    };
    add("kind", "A kind that nobody knows.", "unknown-kind",
        changed(data(), layout::kKindAt, std::uint8_t{200}));
    add("segments", "A message of 2^32 segments.", "malformed-message",
        changed(data(), kMessageAt, kHuge));
    add("words", "A message of 2^32 - 1 words.", "malformed-message",
        changed(data(), kMessageAt + 4, kHuge));
    add("rootless", "A message whose first segment is empty.", "malformed-message",
        changed(data(), kMessageAt + 4, std::uint32_t{0}));

    const Bytes fragment = fragment_datagrams().front();
    add("fragment-index", "A fragment whose index is its count.", "malformed-message",
        changed(fragment, kMessageAt + 20, std::uint16_t{3}));
    add("fragment-count", "A fragment that is alone.", "malformed-message",
        changed(fragment, kMessageAt + 22, std::uint16_t{1}));
    add("fragment-size", "Fragments that together are more than the message.", "malformed-message",
        changed(fragment, kMessageAt + 16, std::uint32_t{104}));
    add("fragment-pointer", "A fragment whose data lies before the datagram.", "malformed-message",
        changed(fragment, kMessageAt + 24, std::uint32_t{0x80000001}));
    add("fragment-length", "A fragment of 2^29 - 1 bytes of data.", "malformed-message",
        changed(fragment, kMessageAt + 28, kHuge << 3 | 2));
}

// A name of 64 KiB less one: a whole UDP datagram.
Bytes long_name() {
    constexpr std::size_t kNameSize = 60'000;
    Bytes message = bare_announce_message();
    const auto words = static_cast<std::uint32_t>((message.size() - 8) / 8);
    constexpr std::uint32_t kNameWords = kNameSize / 8 + 1;
    // The name comes behind the three pointers.
    overwrite(message, 4, words + kNameWords);
    overwrite(message, 32, std::uint32_t{2 << 2 | 1});
    overwrite(message, 36, std::uint32_t{(kNameSize + 1) << 3 | 2});
    message.resize(message.size() + kNameSize, std::byte{'x'});
    message.resize(message.size() + 8);
    return make_datagram(sample_header(DatagramKind::Announce, 1), std::array{message});
}

Bytes control_character() {
    Bytes bytes = announce();
    const std::string_view name = "living-room";
    for (std::size_t i = kMessageAt; i + name.size() <= bytes.size(); ++i) {
        if (std::memcmp(bytes.data() + i, name.data(), name.size()) != 0) continue;
        bytes[i] = std::byte{0x1b};
        break;
    }
    return bytes;
}

void add_control(std::vector<Vector>& to) {
    const auto add = [&](const char* name, const char* about, Bytes bytes) {
        to.push_back({std::string("hostile-announce-") + name, about, "malformed-control",
                      std::move(bytes)});
    };
    add("name", "A peer's name of 60000 bytes.", long_name());
    add("escape", "A peer's name with an escape character.", control_character());
    add("part", "Part 3 of 3, counted from 0.", changed(announce(), kPartAt, std::uint16_t{3}));
    add("pointer", "A name that lies beyond the message.",
        changed(announce(), kNamePointerAt, std::uint32_t{0x7ffffffd}));
    add("far", "A name in a segment that is not there.",
        changed(announce(), kNamePointerAt, std::uint64_t{0x0000000700000002}));
    add("topics", "A list of topics that claims 2^29 - 1 words.",
        changed(announce(), kTopicsPointerAt + 4, kHuge << 3 | 7));
    // The list's first word says how many structs follow.
    Bytes many = announce();
    for (std::size_t i = kTopicsPointerAt; i + 8 <= many.size(); i += 8) {
        const auto tag = layout::load<std::uint64_t>(many.data(), i);
        if (tag != (std::uint64_t{1} << 48 | std::uint64_t{2} << 32 | 3 << 2)) continue;
        overwrite(many, i, std::uint64_t{0x3fffffff} << 2);
        break;
    }
    add("amplified", "A list of 2^30 - 1 topics that take no space.", many);
}

}  // namespace

std::vector<Vector> make_hostile_vectors() {
    std::vector<Vector> vectors;
    add_headers(vectors);
    add_messages(vectors);
    add_control(vectors);
    return vectors;
}

}  // namespace mcast::wire::test
