#include "verdict.hpp"

#include <cstdint>

#include "wire/control.hpp"
#include "wire/fragment.hpp"
#include "wire/frame.hpp"
#include "wire/header.hpp"
#include "wire/parity.hpp"
#include "wire/stream_control.hpp"

namespace mcast::wire::test {
namespace {

// Reads every byte, so that a span that is too long is found by a guard page or a sanitizer.
void touch(std::span<const std::byte> bytes) {
    volatile std::uint8_t sum = 0;
    for (const std::byte byte : bytes)
        sum = static_cast<std::uint8_t>(sum ^ static_cast<std::uint8_t>(byte));
}

void touch(std::string_view text) {
    touch(std::as_bytes(std::span(text)));
}

bool reads_announcement(std::span<const std::byte> frame) {
    TopicRoom room;
    const auto announcement = read_announcement(frame, room);
    if (!announcement) return false;
    touch(announcement->name);
    touch(announcement->software);
    for (const AnnouncedTopic& topic : announcement->topics)
        touch(topic.name);
    return true;
}

bool reads_bye(std::span<const std::byte> frame) {
    const auto bye = read_bye(frame);
    if (bye) touch(bye->reason);
    return bye.has_value();
}

bool reads_fragment(std::span<const std::byte> frame) {
    const auto fragment = parse_fragment(frame);
    if (fragment) touch(fragment->data);
    return fragment.has_value();
}

bool reads_parity(std::span<const std::byte> frame) {
    const auto parity = parse_parity(frame);
    if (parity) touch(parity->data);
    return parity.has_value();
}

bool reads_nak(std::span<const std::byte> frame) {
    RangeRoom room;
    const auto nak = read_nak(frame, room);
    if (nak) touch(std::as_bytes(nak->missing));
    return nak.has_value();
}

std::string_view data_verdict(std::span<const std::byte> rest, std::uint16_t message_count) {
    FrameWalker walker(rest, message_count);
    for (auto frame = walker.next(); !frame.empty(); frame = walker.next())
        touch(frame);
    return walker.remaining() == 0 ? "ok" : "malformed-message";
}

}  // namespace

std::string_view verdict(std::span<const std::byte> datagram) {
    const ParsedHeader parsed = parse_header(datagram);
    if (parsed.cause == DropCause::Foreign) return "foreign";
    if (parsed.cause == DropCause::OtherVersion) return "other-version";
    if (parsed.cause) return "malformed-header";

    const auto rest = datagram.subspan(parsed.size);
    const auto control = [](bool read) { return read ? "ok" : "malformed-control"; };
    switch (parsed.header.kind) {
        case DatagramKind::Data:
            return data_verdict(rest, parsed.header.message_count);
        case DatagramKind::Fragment:
            return reads_fragment(rest) ? "ok" : "malformed-message";
        case DatagramKind::Parity:
            return reads_parity(rest) ? "ok" : "malformed-message";
        case DatagramKind::Announce:
            return control(reads_announcement(rest));
        case DatagramKind::Bye:
            return control(reads_bye(rest));
        case DatagramKind::Ping:
            return control(read_ping(rest).has_value());
        case DatagramKind::Pong:
            return control(read_pong(rest).has_value());
        case DatagramKind::Heartbeat:
            return control(read_heartbeat(rest).has_value());
        case DatagramKind::Nak:
            return control(reads_nak(rest));
        case DatagramKind::ReceiverReport:
            return control(read_receiver_report(rest).has_value());
        default:
            return "unknown-kind";
    }
}

}  // namespace mcast::wire::test
