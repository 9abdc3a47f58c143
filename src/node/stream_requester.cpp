#include "node/stream_requester.hpp"

#include <algorithm>
#include <utility>

#include "mcast/topic.hpp"

namespace mcast::detail {

StreamRequester::StreamRequester(Context& context, Outbound& outbound, const Membership& membership,
                                 const protocol::PeerTable& peers)
    : context_(context), membership_(membership), peers_(peers), control_(context, outbound) {}

std::uint64_t StreamRequester::overruns() const {
    return membership_.receive_dropped();
}

template <typename Write>
bool StreamRequester::send(PeerId publisher, wire::DatagramKind kind, std::size_t size_max,
                           Write&& write, std::string_view topic) {
    const protocol::Peer* peer = peers_.find(publisher);
    if (peer == nullptr) return false;
    std::optional<Target> target = unicast_target(*peer, membership_);
    if (!target || (!topic.empty() && peer->active_path()->way != Way::Multicast)) return false;
    std::span<std::byte> room;
    Buffer buffer = control_.begin(static_cast<std::uint32_t>(std::min<std::size_t>(
                                       wire::kHeaderSize + size_max, target->datagram_max)),
                                   room);
    const std::size_t size = buffer ? write(room) : 0;
    if (size == 0) return false;
    if (!topic.empty()) {
        const Family family = target->destination.address.family();
        target->destination =
            topic_group(context_.options.domain, topic, family, context_.options.port);
        target->way = Way::Multicast;
    }
    control_.send(std::move(buffer), size, kind, std::span(&*target, 1));
    return true;
}

bool StreamRequester::report(const wire::ReceiverReport& report) {
    wire::ReceiverReport full = report;
    full.overruns = overruns();
    return send(report.publisher, wire::DatagramKind::ReceiverReport, wire::kReceiverReportSize,
                [&](std::span<std::byte> room) { return wire::write_receiver_report(room, full); },
                {});
}

bool StreamRequester::ask(const wire::Nak& nak, std::string_view topic) {
    const auto write = [](const wire::Nak& what) {
        return [what](std::span<std::byte> room) { return wire::write_nak(room, what); };
    };
    const std::size_t size = wire::nak_size(nak.missing.size());
    if (!topic.empty()) {
        // Everybody hears it: the token, which proves an answer, stays between two.
        wire::Nak open = nak;
        open.token = 0;
        send(nak.publisher, wire::DatagramKind::Nak, size, write(open), topic);
    }
    return send(nak.publisher, wire::DatagramKind::Nak, size, write(nak), {});
}

}  // namespace mcast::detail
