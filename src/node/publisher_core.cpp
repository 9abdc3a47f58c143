#include "node/publisher_core.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "mcast/topic.hpp"
#include "wire/frame.hpp"
#include "wire/header.hpp"
#include "wire/parity.hpp"

namespace mcast::detail {

namespace {

constexpr std::uint32_t kHeaderSize = wire::kHeaderSize;

}  // namespace

PublisherCore::PublisherCore(Context& context, Outbound& outbound, const protocol::PeerTable& peers,
                             const Membership& membership, std::string_view topic,
                             std::uint64_t type_id, const Qos& qos, std::uint64_t first_sequence)
    : context_(context),
      outbound_(outbound),
      peers_(peers),
      membership_(membership),
      topic_(topic),
      type_id_(type_id),
      qos_(qos),
      targets_(context.options.limits.targets_max),
      next_sequence_(first_sequence) {
    const std::string& domain = context.options.domain;
    const std::uint16_t port = context.options.port;
    route_ = {topic_id(topic, type_id), topic_group(domain, topic, Family::Ipv4, port),
              topic_group(domain, topic, Family::Ipv6, port)};
    attach_delivery();
    refresh_targets();
}

void PublisherCore::attach_delivery() {
    reliable_.reset();
    last_value_.reset();
    parity_.reset();
    if (qos_.delivery == Delivery::Reliable)
        reliable_ =
            std::make_unique<ReliableSender>(context_, outbound_, peers_, membership_, stats_,
                                             topic_, route_.id, qos_, next_sequence_);
    if (reliable_ && qos_.reliability.parity.parity > 0)
        parity_ = std::make_unique<ParitySender>(context_, outbound_, stats_, route_.id,
                                                 qos_.reliability.parity);
    if (qos_.delivery == Delivery::Latest && qos_.history > 0)
        last_value_ =
            std::make_unique<LastValue>(context_, outbound_, peers_, membership_, route_.id);
    topology_ = 0;
}

std::uint16_t PublisherCore::message_count(const Buffer& datagram) {
    return wire::layout::load<std::uint16_t>(datagram.data(), wire::layout::kMessageCountAt);
}

void PublisherCore::set_in_use(bool in_use, const Qos& qos) {
    if (!in_use) flush();
    in_use_ = in_use;
    if (!in_use) {
        if (reliable_) reliable_->on_dropped();
        return;
    }
    // One that comes back the same goes on, with all that its receivers may still ask for.
    const bool same = qos.delivery == qos_.delivery && qos.history == qos_.history &&
                      qos.reliability.window == qos_.reliability.window &&
                      qos.reliability.parity == qos_.reliability.parity;
    qos_ = qos;
    if (!same)
        attach_delivery();
    else if (reliable_)
        reliable_->on_return(qos.reliability);
}

void PublisherCore::refresh_targets() {
    if (topology_ == context_.topology) return;
    topology_ = context_.topology;
    targets_.collect(route_, peers_, membership_, context_.options.port);
    const auto largest =
        static_cast<std::uint32_t>(context_.transport().capabilities().datagram_max);
    datagram_max_ = targets_.datagram_max(largest);
    // Parity datagrams are larger than those that they protect.
    if (parity_) datagram_max_ -= static_cast<std::uint32_t>(wire::kParityOverhead);
    datagram_max_ = std::max(datagram_max_, kHeaderSize + 64u);
    if (reliable_) reliable_->refresh_receivers();
    if (last_value_) last_value_->refresh(context_.now());
}

std::size_t PublisherCore::listeners() {
    refresh_targets();
    return targets_.listeners();
}

bool PublisherCore::acquire(std::size_t size_hint, Stretch& stretch) {
    if (!send_waiting()) return false;
    const std::size_t expected =
        std::max(size_hint != 0 ? size_hint : message_size_.expected(), wire::kMessageSizeMin);
    if (take_open(expected, stretch)) return true;
    if (!open_datagram(stretch)) return false;
    // Cap'n Proto builds in zeroed memory; once for the whole datagram is cheapest.
    clear_behind(stretch, 0);
    return true;
}

bool PublisherCore::acquire_to_fill(std::size_t size, Stretch& stretch) {
    if (take_open(size, stretch)) return true;
    if (!open_datagram(stretch)) return false;
    clear_behind(stretch, size);
    return true;
}

bool PublisherCore::take_open(std::size_t expected, Stretch& stretch) {
    if (!open_ || qos_.delivery == Delivery::Latest) return false;
    if (open_.size() + expected > datagram_max_) {
        close_full(std::move(open_));
        return false;
    }
    stretch.offset = open_.size();
    stretch.end = datagram_max_;
    stretch.datagram = std::move(open_);
    return true;
}

bool PublisherCore::open_datagram(Stretch& stretch) {
    refresh_targets();
    if (reliable_ && !reliable_->may_send()) return false;
    stretch.datagram = outbound_.allocate();
    if (!stretch.datagram) {
        ++stats_.refused;
        return false;
    }
    stretch.datagram.resize(kHeaderSize);
    stretch.offset = kHeaderSize;
    stretch.end = datagram_max_;
    wire::set_message_count(stretch.datagram.data(), 0);
    return true;
}

void PublisherCore::clear_behind(Stretch& stretch, std::size_t size) {
    const std::size_t begin = stretch.offset + size;
    std::memset(stretch.datagram.data() + begin, 0, stretch.datagram.capacity() - begin);
}

void PublisherCore::commit(Stretch&& stretch, std::size_t size) {
    Buffer& datagram = stretch.datagram;
    datagram.resize(stretch.offset + static_cast<std::uint32_t>(size));
    wire::set_message_count(datagram.data(),
                            static_cast<std::uint16_t>(message_count(datagram) + 1));
    count_published(size);
    keep_or_send(std::move(datagram));
}

void PublisherCore::count_published(std::size_t size) {
    message_size_.on_published(size);
    ++stats_.published;
    stats_.published_bytes += size;
}

void PublisherCore::keep_or_send(Buffer&& datagram) {
    const bool full = datagram.size() + message_size_.expected() > datagram_max_;
    if (!open_ && !qos_.express && (!full || qos_.delivery == Delivery::Latest)) {
        open_ = std::move(datagram);
        return;
    }
    if (open_ && qos_.delivery == Delivery::Latest) {
        stats_.conflated += message_count(open_);
        open_.reset();
    }
    if (qos_.express || open_) {
        close(std::move(datagram));
        if (qos_.express) outbound_.flush();
    } else if (full && qos_.delivery != Delivery::Latest) {
        close_full(std::move(datagram));
    } else {
        open_ = std::move(datagram);
    }
}

void PublisherCore::give_back(Stretch&& stretch) {
    Buffer datagram = std::move(stretch.datagram);
    std::memset(datagram.data() + stretch.offset, 0, datagram.capacity() - stretch.offset);
    datagram.resize(stretch.offset);
    if (message_count(datagram) > 0 || !open_) {
        if (open_)
            close(std::move(datagram));
        else
            open_ = std::move(datagram);
    }
}

void PublisherCore::flush() {
    if (open_ && message_count(open_) > 0) close(std::move(open_));
}

void PublisherCore::close(Buffer&& datagram) {
    Buffer closed = std::move(datagram);
    const std::uint16_t messages = message_count(closed);
    if (messages > 0) send(closed, wire::DatagramKind::Data, messages, true);
}

void PublisherCore::close_full(Buffer&& datagram) {
    // What lies behind the messages is zero, see open_datagram().
    if (context_.transport().capabilities().run_max > 1)
        datagram.resize(run_size_.on_full(datagram.size(), datagram_max_));
    close(std::move(datagram));
}

bool PublisherCore::send(Buffer& datagram, wire::DatagramKind kind, std::uint16_t messages,
                         bool begins) {
    refresh_targets();
    const bool kept = last_value_ || (reliable_ && reliable_->keeps_unheard());
    if (targets_.all().empty() && !kept) {
        stats_.unheard += messages;
        return false;
    }
    write_header(datagram, kind, messages);
    ++stats_.datagrams;
    stats_.target_limit += targets_.beyond_limit();
    bool sent = true;
    const std::size_t size = datagram.size();
    const Buffer held = last_value_ || reliable_ ? datagram : Buffer();
    // One that was built for larger targets than have come up since does not fit this one.
    const auto push = [&](Buffer buffer, const Target& target) {
        const bool taken = size <= target.datagram_max && outbound_.push(std::move(buffer), target);
        sent = sent && taken;
    };
    const std::span<const Target> targets = targets_.all();
    for (std::size_t i = 0; i + 1 < targets.size(); ++i)
        push(datagram, targets[i]);
    if (!targets.empty()) push(std::move(datagram), targets.back());
    if (last_value_) last_value_->on_sent(held);
    if (reliable_) {
        // What the device did not take is sent when it is asked for.
        reliable_->on_sent(held, messages, begins);
        if (parity_) parity_->on_sent(next_sequence_ - 1, held.bytes(), targets_.all());
        return true;
    }
    if (!sent) stats_.send_dropped += messages;
    return sent;
}

void PublisherCore::write_header(Buffer& datagram, wire::DatagramKind kind,
                                 std::uint16_t messages) {
    wire::Header header;
    header.kind = kind;
    if (qos_.express) header.flags |= wire::kFlagExpress;
    if (reliable_) header.flags |= wire::kFlagReliable;
    header.message_count = kind == wire::DatagramKind::Data ? messages : std::uint16_t{1};
    header.domain = context_.domain;
    header.origin = context_.self;
    header.topic = route_.id;
    header.sequence = next_sequence_++;
    // The time of sending comes when it is sent.
    wire::write_header(std::span<std::byte, kHeaderSize>(datagram.data(), kHeaderSize), header);
}

void PublisherCore::on_nak(Instant now, const protocol::Peer& peer, const wire::Nak& nak) {
    if (reliable_) reliable_->on_nak(now, peer.id(), nak);
}

void PublisherCore::on_report(Instant now, const protocol::Peer& peer,
                              const wire::ReceiverReport& report) {
    if (!reliable_) return;
    refresh_targets();
    reliable_->on_report(now, peer, report);
}

void PublisherCore::on_turn(Instant now) {
    if (!reliable_ && !last_value_) return;
    refresh_targets();
    static_cast<void>(send_waiting());
    if (parity_) parity_->on_turn(now, targets_.all());
    if (reliable_) reliable_->on_turn(now, targets_.all());
    if (last_value_) last_value_->on_turn(now);
}

Instant PublisherCore::deadline() const {
    Instant earliest = kNever;
    if (reliable_) earliest = reliable_->deadline();
    if (parity_) earliest = std::min(earliest, parity_->deadline());
    if (last_value_) earliest = std::min(earliest, last_value_->deadline());
    return earliest;
}

void PublisherCore::say_last() {
    if (!reliable_) return;
    flush();
    refresh_targets();
    reliable_->say_last(targets_.all());
}

std::uint64_t PublisherCore::acknowledged() const {
    return reliable_ ? reliable_->acknowledged() : 0;
}

std::uint64_t PublisherCore::acknowledged(PeerId peer) const {
    return reliable_ ? reliable_->acknowledged(peer) : 0;
}

std::vector<ReceiverInfo> PublisherCore::receivers() const {
    return reliable_ ? reliable_->receivers() : std::vector<ReceiverInfo>();
}

}  // namespace mcast::detail
