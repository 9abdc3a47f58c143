#include "node/stream_control.hpp"

#include "wire/frame.hpp"

namespace mcast::detail {

void StreamControl::on_datagram(Instant now, const wire::ParsedHeader& parsed,
                                const Datagram& datagram, const protocol::Peer& peer) {
    // Who only writes another's identity into a datagram has another address.
    if (!peer.speaks_from(datagram.source.address)) {
        context_.drop(DropCause::Spoofed);
        return;
    }
    wire::FrameWalker walker(datagram.buffer.bytes().subspan(parsed.size), 1);
    const std::span<const std::byte> frame = walker.next();
    if (parsed.header.kind == wire::DatagramKind::Heartbeat)
        on_heartbeat(now, frame, peer);
    else if (parsed.header.kind == wire::DatagramKind::Nak)
        on_nak(now, frame, peer);
    else
        on_report(now, frame, peer);
}

void StreamControl::on_heartbeat(Instant now, std::span<const std::byte> frame,
                                 const protocol::Peer& peer) {
    if (const auto heartbeat = wire::read_heartbeat(frame))
        inbound_.on_heartbeat(now, peer.id(), *heartbeat);
    else
        context_.drop(DropCause::MalformedControl);
}

void StreamControl::on_nak(Instant now, std::span<const std::byte> frame,
                           const protocol::Peer& peer) {
    const auto nak = wire::read_nak(frame, range_room_);
    if (!nak) {
        context_.drop(DropCause::MalformedControl);
        return;
    }
    if (nak->publisher != context_.self) {
        inbound_.on_overheard(now, *nak);
        return;
    }
    if (PublisherCore* publisher = topics_.find_publisher(nak->topic))
        publisher->on_nak(now, peer, *nak);
}

void StreamControl::on_report(Instant now, std::span<const std::byte> frame,
                              const protocol::Peer& peer) {
    const auto report = wire::read_receiver_report(frame);
    if (!report) {
        context_.drop(DropCause::MalformedControl);
        return;
    }
    if (report->publisher != context_.self) return;
    if (PublisherCore* publisher = topics_.find_publisher(report->topic))
        publisher->on_report(now, peer, *report);
}

}  // namespace mcast::detail
