#include "node/node_core.hpp"

#include <algorithm>
#include <utility>

#include "mcast/topic.hpp"

namespace mcast::detail {

namespace {

// One poll() takes in so many batches at most, so that timers and publishing have their turn
// under a flood.
constexpr int kBatchesPerPoll = 16;
constexpr Duration kDropCheckInterval = std::chrono::seconds(1);
// Interfaces change seldom, and asking the kernel takes as long as receiving a datagram. So long a
// wait that ended for them may be followed by others that end at once.
constexpr Duration kInterfaceCheckInterval = std::chrono::microseconds(100);

// Rather than of the node itself.
bool is_of_stream(wire::DatagramKind kind) {
    using Kind = wire::DatagramKind;
    return kind == Kind::Data || kind == Kind::Fragment || kind == Kind::Heartbeat ||
           kind == Kind::Nak || kind == Kind::ReceiverReport || kind == Kind::Parity;
}

}  // namespace

NodeCore::NodeCore(const NodeOptions& options, Host host, InterfaceSelection selection,
                   StaticPeers static_peers)
    : context_(options, std::move(host)),
      outbound_(context_),
      membership_(context_, std::move(selection)),
      peers_(options.limits.peers_max, options.limits.topics_per_peer_max),
      inbound_(context_, outbound_, membership_, peers_),
      topics_(context_, outbound_, inbound_, membership_, peers_),
      discovery_(context_, outbound_, membership_, topics_, inbound_, peers_,
                 std::move(static_peers)),
      stream_control_(context_, topics_, inbound_) {}

NodeCore::~NodeCore() {
    MCAST_ASSERT(topics_.in_use() == 0, "drop publishers and subscribers before their node");
    topics_.say_last();
    discovery_.say_bye();
}

Result<void> NodeCore::open() {
    const NodeOptions& options = context_.options;
    if (const int fd = context_.host.interfaces->fd(); fd >= 0) context_.transport().watch(fd);
    if (options.ipv4) {
        const Group group = announce_group(options.domain, Family::Ipv4, options.port);
        membership_.want(std::span(&group, 1));
    }
    if (options.ipv6) {
        const Group group = announce_group(options.domain, Family::Ipv6, options.port);
        membership_.want(std::span(&group, 1));
    }
    return membership_.open();
}

std::size_t NodeCore::poll() {
    const Instant now = context_.now();
    if (next_interface_check_ <= now) look_at_interfaces(now);
    const std::size_t count = receive(now);
    run_timers(now);
    inbound_.on_turn(now);
    topics_.flush();
    topics_.on_turn(now);
    if (carrier_ != nullptr) carrier_->on_turn(now);
    outbound_.flush();
    return count;
}

void NodeCore::look_at_interfaces(Instant now) {
    // Without a descriptor they come from memory, and looking costs nothing.
    if (context_.host.interfaces->fd() >= 0) next_interface_check_ = now + kInterfaceCheckInterval;
    if (membership_.poll(now)) discovery_.on_links_changed();
}

void NodeCore::select(InterfaceSelection selection) {
    membership_.select(std::move(selection));
    discovery_.on_links_changed();
}

std::size_t NodeCore::receive(Instant now) {
    std::size_t total = 0;
    for (int i = 0; i < kBatchesPerPoll; ++i) {
        const std::size_t count = context_.transport().receive(batch_);
        if (count == 0) break;
        inbound_.on_batch(context_.transport().receive_buffers_free());
        for (std::size_t n = 0; n < count; ++n) {
            on_datagram(now, batch_[n]);
            batch_[n].buffer.reset();
        }
        total += count;
        if (count < batch_.size()) break;
        // What the transport still has in hand shows nowhere else.
        if (i == kBatchesPerPoll - 1) context_.transport().wake();
    }
    return total;
}

void NodeCore::on_datagram(Instant now, Datagram& datagram) {
    NodeStats& stats = context_.stats;
    ++stats.received;
    stats.received_bytes += datagram.buffer.size();
    const wire::ParsedHeader parsed = wire::parse_header(datagram.buffer.bytes());
    if (!parsed) {
        context_.drop(*parsed.cause);
        return;
    }
    if (parsed.header.domain != context_.domain) {
        context_.drop(DropCause::OtherDomain);
        return;
    }
    if (parsed.header.origin == context_.self) {
        context_.drop(DropCause::Own);
        return;
    }
    if (!is_of_stream(parsed.header.kind)) {
        on_control(now, parsed, datagram);
        return;
    }
    if (protocol::Peer* peer = peers_.find(parsed.header.origin)) {
        discovery_.on_sign_of_life(now, *peer);
        if (carrier_ != nullptr)
            carrier_->on_stream(now, parsed, datagram, *peer);
        else
            on_stream_datagram(now, parsed, datagram, *peer);
    } else {
        context_.drop(DropCause::UnknownPeer);
        discovery_.on_stranger(now, datagram);
    }
}

void NodeCore::on_control(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram) {
    if (carrier_ == nullptr) {
        if (parsed.header.kind != wire::DatagramKind::RelayHello)  // relays talk among themselves
            static_cast<void>(discovery_.on_control(now, parsed, datagram));
        return;
    }
    if (carrier_->on_control(now, parsed, datagram)) return;
    if (discovery_.on_control(now, parsed, datagram)) carrier_->on_announced(now, parsed, datagram);
}

void NodeCore::on_stream_datagram(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                                  const protocol::Peer& peer) {
    switch (parsed.header.kind) {
        case wire::DatagramKind::Data:
        case wire::DatagramKind::Fragment:
            inbound_.on_data(now, parsed, datagram, peer);
            return;
        case wire::DatagramKind::Parity:
            inbound_.on_parity(now, parsed, datagram);
            return;
        default:
            stream_control_.on_datagram(now, parsed, datagram, peer);
    }
}

void NodeCore::run_timers(Instant now) {
    membership_.on_deadline(now);
    discovery_.on_deadline(now);
    if (inbound_.deadline() <= now) inbound_.on_deadline(now);
    if (next_drop_check_ <= now) watch_kernel_drops(now);
}

void NodeCore::watch_kernel_drops(Instant now) {
    next_drop_check_ = now + kDropCheckInterval;
    const std::uint64_t dropped = membership_.receive_dropped();
    if (dropped > kernel_dropped_ && !drop_reported_) {
        drop_reported_ = true;
        context_.log(
            LogLevel::Warning,
            std::to_string(dropped) +
                " datagrams were dropped before they could be read: poll() more often, or " +
                context_.transport().capabilities().drop_remedy);
    }
    kernel_dropped_ = std::max(kernel_dropped_, dropped);
}

void NodeCore::poll_until(Instant deadline) {
    for (;;) {
        poll();
        if (context_.now() >= deadline) return;
        context_.transport().wait(std::min(deadline, next_deadline()));
    }
}

bool NodeCore::wait_until(Instant deadline) {
    for (;;) {
        poll();
        const bool something = !context_.events.empty() || topics_.anything_to_drain();
        // Acquire: what the waking thread did before is seen after.
        const bool woken = woken_.exchange(false, std::memory_order_acquire);
        if (something || woken || context_.now() >= deadline) return something;
        context_.transport().wait(std::min(deadline, next_deadline()));
    }
}

void NodeCore::wake() {
    woken_.store(true, std::memory_order_release);
    context_.transport().wake();
}

Instant NodeCore::next_deadline() const {
    // The last one so that a node which waits for an interface asks again, whatever was missed.
    const Instant carrier = carrier_ != nullptr ? carrier_->deadline() : kNever;
    return std::min({outbound_.deadline(), membership_.deadline(), discovery_.deadline(),
                     inbound_.deadline(), topics_.deadline(), next_drop_check_, carrier});
}

PublisherCore* NodeCore::publish(std::string_view topic, std::uint64_t type_id, const Qos& qos) {
    const Result<PublisherCore*> publisher = topics_.publish(topic, type_id, qos);
    if (!publisher) {
        refuse(topic, publisher.error());
        return nullptr;
    }
    discovery_.on_topic_added(topic);
    return *publisher;
}

SubscriberCore* NodeCore::subscribe(std::string_view topic, std::uint64_t type_id, const Qos& qos) {
    const Result<SubscriberCore*> subscriber = topics_.subscribe(topic, type_id, qos);
    if (!subscriber) {
        refuse(topic, subscriber.error());
        return nullptr;
    }
    discovery_.on_topic_added(topic);
    return *subscriber;
}

void NodeCore::refuse(std::string_view topic, const Error& error) {
    EventRecord record;
    record.event.kind = EventKind::Refused;
    record.event.at = context_.now();
    record.topic.assign(topic.substr(0, kTopicNameMax));
    record.text.assign(error.what);
    context_.events.push(record);
    context_.log(LogLevel::Error, error.what);
}

std::uint64_t NodeCore::ping(PeerId id) {
    const protocol::Peer* peer = peers_.find(id);
    return peer == nullptr ? 0 : discovery_.ping(*peer);
}

}  // namespace mcast::detail
