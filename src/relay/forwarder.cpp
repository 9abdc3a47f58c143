// The hot path: what a datagram of a stream meets on its way through the relay.
#include "relay/forwarder.hpp"

#include <algorithm>
#include <utility>

#include "mcast/topic.hpp"
#include "wire/frame.hpp"

namespace mcast::relay {

using wire::DatagramKind;

namespace {

constexpr Duration kShedIdle = std::chrono::seconds(5);
constexpr std::uint32_t kRepairBurst = 2048;
constexpr Duration kRepairInterval = std::chrono::microseconds(10);

}  // namespace

Forwarder::Forwarder(detail::NodeCore& node, const ForwarderOptions& options,
                     InterfaceSelection reflect)
    : node_(node),
      context_(node.context()),
      options_(options),
      reflect_(std::move(reflect)),
      keys_(context_.options.domain, context_.options.peers),
      election_(context_.self),
      hello_(node),
      origins_(context_.options.limits.peers_max),
      flows_(options.flows_max, stats_),
      store_(options.held_max),
      groups_(options.groups_max),
      repairs_(kRepairBurst, kRepairInterval.count()) {
    waiting_.reserve(options.flows_max);
    woken_.reserve(options.flows_max);
}

void Forwarder::set_rules(RuleSet& rules) {
    rules_ = &rules;
    // Verdicts name the rules of before: none counts from this moment, nor from the next turn on.
    epoch_ = context_.topology + ++changes_;
    context_.touch_topology();
    keys_.forget();
    look_at_keys();
}

void Forwarder::set_ways(std::uint8_t hops_max, InterfaceSelection reflect) {
    options_.hops_max = hops_max;
    reflect_ = std::move(reflect);
    context_.touch_topology();
}

bool Forwarder::is_own(const Datagram& datagram) const {
    return context_.transport().unicast_endpoint(
               datagram.interface, datagram.source.address.family()) == datagram.source;
}

void Forwarder::on_stream(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                          const protocol::Peer& peer) {
    const wire::Header& header = parsed.header;
    if (datagram.way == Way::Unicast && header.receiver != 0) {
        pass_on(now, parsed, datagram, peer);
        return;
    }
    switch (header.kind) {
        case DatagramKind::Data:
        case DatagramKind::Fragment:
        case DatagramKind::Parity:
            carry(now, header, datagram, peer);
            return;
        case DatagramKind::Heartbeat:
            carry_heartbeat(now, parsed, datagram, peer);
            return;
        default:
            stats_.drop(stats_.find(datagram.interface, {}), CarryDrop::Overheard);
    }
}

void Forwarder::carry(Instant now, const wire::Header& header, Datagram& datagram,
                      const protocol::Peer& peer) {
    const auto drop = [&](CarryDrop cause) {
        stats_.drop(stats_.find(datagram.interface, {}), cause);
    };
    Flow* flow = flows_.find_or_add(now, {header.origin, header.topic});
    if (flow == nullptr) return drop(CarryDrop::FlowLimit);
    const bool known_way = flow->epoch == epoch_ && flow->from == datagram.interface &&
                           flow->hops == header.hops && flow->source == datagram.source;
    if (!known_way && !comes_straight(peer, datagram, header.hops)) {
        // Most of them are our own, which the kernel lets every socket of the machine hear.
        if (is_own(datagram)) return context_.drop(DropCause::Own);
        return drop(CarryDrop::Elsewhere);
    }
    // Repairs come again on purpose, and parity has the sequence of the block it protects.
    const bool once =
        (header.flags & wire::kFlagRepair) == 0 && header.kind != DatagramKind::Parity;
    if (once && !flow->window.on_sequence(header.sequence)) return drop(CarryDrop::Duplicate);
    if (!known_way) look_again(*flow, datagram, peer, header.hops);
    if (header.hops >= options_.hops_max) return drop(CarryDrop::HopLimit);
    wire::set_hops(datagram.buffer.data(), static_cast<std::uint8_t>(header.hops + 1));
    if (may_hold_ && !flow->outputs.empty() && (header.flags & wire::kFlagReliable) != 0 &&
        header.kind != DatagramKind::Parity)
        store_.hold(flow->key, header.sequence, datagram.buffer);
    send_all(now, *flow, datagram);
}

void Forwarder::send_all(Instant now, Flow& flow, Datagram& datagram) {
    for (const Flow::Refusal& refusal : flow.refusals) {
        stats_.drop(refusal.route, refusal.cause);
        if (refusal.cause != CarryDrop::Rule) continue;
        static_cast<void>(rules_->admit(now, refusal.verdict));
        log_flow(now, refusal.verdict.log_rule, flow, ", dropped");
    }
    if (flow.outputs.empty()) return;
    if (oldest_taken_ == WallTime{}) oldest_taken_ = datagram.received_at;
    ++flow.datagrams;
    flow.bytes += datagram.buffer.size();
    for (Output& output : flow.outputs)
        send(now, flow, output, datagram.buffer);
}

void Forwarder::send(Instant now, Flow& flow, Output& output, const Buffer& buffer) {
    RouteCounters& route = stats_.at(output.route);
    const auto drop = [&](CarryDrop cause) { ++route.dropped[static_cast<std::size_t>(cause)]; };
    if (output.verdict.log_rule != kNoRule)
        log_flow(now, output.verdict.log_rule, flow, " to " + to_string(output.target.destination));
    if (buffer.size() > output.target.datagram_max) return drop(CarryDrop::TooLarge);
    if (rules_ != nullptr && !rules_->admit(now, output.verdict)) return drop(CarryDrop::RateLimit);
    if (output.waiting) drop(CarryDrop::Stale);  // only the newest matters
    output.waiting.reset();
    if (!push(flow, output, buffer)) drop(CarryDrop::QueueFull);
}

bool Forwarder::push(Flow& flow, Output& output, const Buffer& buffer) {
    if (node_.outbound().push(buffer, output.target)) {
        RouteCounters& route = stats_.at(output.route);
        ++route.datagrams;
        route.bytes += buffer.size();
        return true;
    }
    if (!flow.latest) return false;
    output.waiting = buffer;  // until the interface takes something again, or a newer one comes
    if (!std::exchange(flow.waits, true)) waiting_.push_back(flow.slot);
    return true;
}

void Forwarder::push_waiting() {
    woken_.swap(waiting_);
    for (const std::uint32_t slot : woken_) {
        Flow& flow = flows_.at(slot);
        flow.waits = false;
        for (Output& output : flow.outputs)
            if (const Buffer buffer = std::exchange(output.waiting, Buffer()))
                static_cast<void>(push(flow, output, buffer));  // it waits again
    }
    woken_.clear();
}

void Forwarder::carry_heartbeat(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                                const protocol::Peer& peer) {
    const auto drop = [&](CarryDrop cause) {
        stats_.drop(stats_.find(datagram.interface, {}), cause);
    };
    const wire::Header& header = parsed.header;
    wire::FrameWalker walker(datagram.buffer.bytes().subspan(parsed.size), 1);
    const auto heartbeat = wire::read_heartbeat(walker.next());
    if (!heartbeat) return drop(CarryDrop::Malformed);
    if (!comes_straight(peer, datagram, header.hops)) {
        if (is_own(datagram)) return context_.drop(DropCause::Own);
        return drop(CarryDrop::Elsewhere);
    }
    if (header.hops >= options_.hops_max) return drop(CarryDrop::HopLimit);
    Flow* flow = flows_.find_or_add(now, {header.origin, heartbeat->topic});
    if (flow == nullptr) return drop(CarryDrop::FlowLimit);
    if (flow->epoch != epoch_ || flow->from != datagram.interface)
        look_again(*flow, datagram, peer, header.hops);
    wire::set_hops(datagram.buffer.data(), static_cast<std::uint8_t>(header.hops + 1));
    send_all(now, *flow, datagram);
}

void Forwarder::log_flow(Instant now, std::uint32_t log_rule, const Flow& flow,
                         std::string_view fate) {
    const protocol::Peer* peer = node_.peer_table().find(flow.key.peer);
    if (log_rule == kNoRule || peer == nullptr) return;
    Passage passage;
    passage.topic = flow.topic;
    passage.peer_name = peer->name();
    log_passage(now, log_rule, passage, fate);
}

void Forwarder::log_passage(Instant now, std::uint32_t log_rule, const Passage& passage,
                            std::string_view fate) {
    if (log_rule == kNoRule || !rules_->take(now, log_rule)) return;
    std::string line = "rule at line " + std::to_string(rules_->rule(log_rule).line.value);
    if (passage.topic.empty())
        line += " matches what has no topic";
    else
        line.append(" matches topic ").append(passage.topic);
    line.append(" of ").append(passage.peer_name).append(fate);
    if (options_.on_rule)
        options_.on_rule(line);
    else
        context_.log(LogLevel::Info, line);
}

void Forwarder::on_turn(Instant now) {
    if (const auto gone = election_.on_deadline(now); !gone.empty()) on_relays_gone(now, gone);
    const std::uint64_t epoch = context_.topology + changes_;
    if (epoch != epoch_) {
        epoch_ = epoch;
        on_topology();
    }
    hello_.on_deadline(now);
    push_waiting();
    // What is held for repair are receive buffers: never so many that none are left to receive.
    const std::size_t free = context_.transport().receive_buffers_free();
    const std::size_t all = context_.transport().capabilities().receive_buffer_count;
    may_hold_ = free > all / 2 && now >= hold_again_at_;
    if (free < all / 4) shed(now);
    if (oldest_taken_ != WallTime{}) {
        node_.outbound().flush();
        latency_.add(context_.host.clock->wall_now() - oldest_taken_);
        oldest_taken_ = {};
    }
}

void Forwarder::on_topology() {
    reflecting_.clear();
    for (const detail::Link& link : node_.membership().links()) {
        if (!link.attached) continue;
        if (reflect_.is_explicit() && reflect_.judge(std::span(&link.interface, 1))[0].eligible)
            reflecting_.push_back(link.index());
        // A relay that hears what it carries has everything twice.
        context_.transport().loop_multicast(link.index(), has_local_peer(link));
    }
    if (!options_.carries) return;
    groups_.look_again(node_, !reflecting_.empty());
    if (groups_.beyond_limit() > 0 && !std::exchange(told_left_out_, true))
        context_.log(LogLevel::Warning, std::to_string(groups_.beyond_limit()) +
                                            " topics are not carried where they "
                                            "are multicast: their groups would be more than " +
                                            std::to_string(options_.groups_max) + " (groups_max)");
    look_at_keys();
}

void Forwarder::look_at_keys() {
    if (options_.carries && keys_.look_again(node_.membership().links(), reflecting_, rules_))
        hello_.set_keys(keys_.carried());
}

void Forwarder::shed(Instant now) {
    hold_again_at_ = now + kShedIdle;
    shed_.held += store_.size();
    store_.clear();
    shed_.announcements += origins_.forget_newest();
    shed_.flows += flows_.erase_idle(now, kShedIdle);
}

Instant Forwarder::deadline() const {
    if (epoch_ != context_.topology + changes_) return Instant{};
    return std::min(hello_.deadline(), election_.deadline());
}

}  // namespace mcast::relay
