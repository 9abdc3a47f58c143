// What a receiver of reliable streams says and when: joining, asking for what is missing, telling
// how far it is.
#include <algorithm>
#include <cmath>
#include <string>

#include "node/reliable_receiver.hpp"
#include "protocol/limits.hpp"

namespace mcast::detail {

namespace {

// A report is sent when so much of the window has become free, so that the publisher need not wait.
constexpr std::uint64_t kReportsPerWindow = 4;

// RFC 5401, 3.2.2: truncated exponential, so that the first of `count` receivers speaks early and
// most wait for it.
Duration backoff(double uniform, std::size_t count, Duration longest) {
    const double lambda = std::log(static_cast<double>(count)) + 1.0;
    const double x = uniform * (std::exp(lambda) - 1.0) + 1.0;
    return Duration(
        static_cast<Duration::rep>(static_cast<double>(longest.count()) * std::log(x) / lambda));
}

}  // namespace

Instant ReliableReceiver::first_ask(Instant now, const ReliableStream& state) {
    if (state.has_parity) now += std::min(state.block_time * 5 / 4, protocol::kParityWaitMax);
    if (state.receivers <= protocol::kSmallGroup) return now;
    const Duration round_trip = state.round_trip.smoothed() == Duration::zero()
                                    ? protocol::kRoundTripAssumed
                                    : state.round_trip.smoothed();
    return now + backoff(context_.random.unit(), state.receivers,
                         round_trip * protocol::kBackoffRoundTrips);
}

void ReliableReceiver::on_heartbeat(Instant now, Stream& stream, const wire::Heartbeat& heartbeat) {
    ReliableStream& state = this->state(stream);
    if (heartbeat.receivers > 0) state.receivers = heartbeat.receivers;
    const bool answer = heartbeat.token == state.token;
    if (answer) state.answered_at = now;
    if (!state.joined) {
        if (!answer || heartbeat.begin == 0) return;
        if (state.join_count == 1) state.round_trip.on_sample(context_.now() - state.probed_at);
        follow(now, state, stream, heartbeat.begin, heartbeat.skip);
    }
    // Only an answer to us is believed that something is lost for good, that much was missed, or
    // that less was sent than we thought.
    if (answer) retract(state, heartbeat.next);
    const std::uint64_t reach = state.window.base() + state.window.capacity();
    if (answer || heartbeat.next <= state.window.end() + protocol::kSequenceJumpMax)
        extend(now, state, answer ? heartbeat.next : std::min(heartbeat.next, reach));
    if (answer) {
        while (state.window.base() < heartbeat.oldest && state.window.missing_since()) {
            give_up(now, state, stream, heartbeat.oldest, GapCause::NotHeld);
            deliver_ready(now, state, stream);
        }
        if (heartbeat.lagged != state.lagging) {
            state.lagging = heartbeat.lagged;
            if (state.lagging) report_lagging(now, stream);
        }
    }
    // What answers a report is not answered by the next.
    if (answer) return;
    const Duration spread = protocol::kReportSpacing * state.receivers;
    const Instant at = state.receivers <= protocol::kSmallGroup
                           ? now
                           : now + context_.random.duration(Duration::zero(), spread);
    state.report_at = std::min(state.report_at, at);
}

void ReliableReceiver::retract(ReliableStream& state, std::uint64_t end) {
    state.window.retract(end);
    if (state.probe >= state.window.end()) state.probe = 0;
}

void ReliableReceiver::report_lagging(Instant now, const Stream& stream) {
    EventRecord record;
    record.event.kind = EventKind::Lagged;
    record.event.at = now;
    record.event.peer = stream.key.peer;
    std::string publisher = to_string(stream.key.peer);
    if (const protocol::Peer* peer = requester_.find(stream.key.peer)) {
        record.peer_name.assign(peer->name());
        publisher = "'" + std::string(peer->name()) + "' (" + publisher + ")";
    }
    if (stream.subscriber_count > 0) record.topic.assign(stream.subscribers[0]->topic());
    record.text.assign("we take less than peer " + publisher +
                       " publishes and are no longer waited for: drain more often");
    context_.events.push(record);
}

void ReliableReceiver::on_overheard(Instant now, Stream& stream,
                                    std::span<const wire::SequenceRange> missing) {
    ReliableStream& state = this->state(stream);
    // In a small group each asks for itself.
    if (!state.joined || state.receivers <= protocol::kSmallGroup) return;
    const Instant later = now + state.round_trip.timeout();
    for (const wire::SequenceRange& range : missing)
        state.window.leave_to_others(range.first, range.last(), later);
}

void ReliableReceiver::join(Instant now, ReliableStream& state, const Stream& stream) {
    wire::ReceiverReport report;
    report.publisher = stream.key.peer;
    report.topic = stream.key.topic;
    report.next = report.limit = state.resume;
    report.joining = true;
    report.token = state.token;
    if (state.join_count == 0) state.probed_at = context_.now();
    requester_.report(report);
    const unsigned doublings = std::min(state.join_count, protocol::kRetryDoublingsMax);
    ++state.join_count;
    state.join_at = now + std::min(protocol::kRetryInitial * (1 << doublings), protocol::kRetryMax);
}

void ReliableReceiver::follow(Instant now, ReliableStream& state, Stream& stream,
                              std::uint64_t begin, std::uint16_t skip) {
    state.joined = true;
    state.join_at = kNever;
    state.begin = begin;
    state.skip = skip;
    state.window.begin(begin);
    stream.account.first = begin;
    state.answered_at = now;
    // What was sent while the publisher was gone for us, and is no longer held.
    if (state.was_told && begin > state.resume)
        delivery_.report_gap(now, stream, state.resume, begin - 1, GapCause::PeerGone,
                             requester_.find(stream.key.peer));
    // What passed by meanwhile is missing.
    extend(now, state, state.seen_end);
}

void ReliableReceiver::go_on_unanswered(Instant now, ReliableStream& state, Stream& stream) {
    const protocol::Peer* peer = requester_.find(stream.key.peer);
    context_.log(LogLevel::Warning,
                 "topic '" +
                     std::string(stream.subscriber_count > 0 ? stream.subscribers[0]->topic()
                                                             : std::string_view()) +
                     "': peer '" + std::string(peer == nullptr ? "" : peer->name()) +
                     "' does not answer by unicast, so nothing can be repaired: look for a "
                     "firewall that blocks UDP to its port");
    follow(now, state, stream, state.seen_end, 0);
    if (state.seen_first == 0) return;
    const std::uint64_t first = state.seen_first;
    stream.account.first = first;
    stream.account[StreamLoss::Unanswered] += state.seen_end - first;
    state.lost += state.seen_end - first;
    delivery_.report_gap(now, stream, first, state.seen_end - 1, GapCause::Unanswered, peer);
}

void ReliableReceiver::ask(Instant now, ReliableStream& state, Stream& stream) {
    const Duration timeout = state.round_trip.timeout();
    const auto retry = [&](unsigned asked, unsigned in_vain) {
        if (asked == 0) ++state.missed;
        // Bounded as a whole: after an outage nobody waits for as long as it took.
        const Duration grown = timeout * (1 << std::min(in_vain, protocol::kRetryDoublingsMax));
        return now + std::min<Duration>(grown, protocol::kRetryMax);
    };
    Instant earliest = kNever;
    std::size_t count = 0;
    // Without a place to hold them only those that can be delivered at once are of use.
    const bool room = !free_places_.empty() && delivery_.has_buffers();
    const std::size_t count_max = room ? ranges_.size() : 1;
    for (std::uint64_t from = state.window.base(); count < count_max;) {
        const auto range = state.window.next_due(from, now, earliest, retry);
        if (range.first > range.last) break;
        ranges_[count++] = {range.first, static_cast<std::uint32_t>(range.last - range.first + 1)};
        from = range.last + 1;
    }
    state.ask_at = count == ranges_.size() ? now : earliest;
    if (count == 1 && count_max == 1) state.ask_at = now + timeout;
    if (count == 0) return;
    wire::Nak nak;
    nak.publisher = stream.key.peer;
    nak.topic = stream.key.topic;
    nak.missing = std::span(ranges_).first(count);
    nak.token = state.token;
    const bool crowd = state.receivers > protocol::kSmallGroup;
    requester_.ask(nak, crowd ? stream.subscribers[0]->topic() : std::string_view());
    ++state.naks;
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        stream.subscribers[i]->on_nak();
    if (state.probe == 0 && state.window.asked(ranges_[0].first) == 1) {
        state.probe = ranges_[0].first;
        state.probed_at = context_.now();
    }
}

std::uint64_t ReliableReceiver::limit(const ReliableStream& state, const Stream& stream) const {
    const std::uint64_t room = std::min(delivery_.room(stream), state.window.capacity());
    const std::uint64_t places = free_places_.size() + state.window.held();
    return state.window.base() + std::min<std::uint64_t>(room, places);
}

std::size_t ReliableReceiver::queue_capacity(const Stream& stream) {
    std::size_t capacity = SIZE_MAX;
    for (std::size_t i = 0; i < stream.subscriber_count; ++i)
        if (const Qos& qos = stream.subscribers[i]->qos(); qos.delivery == Delivery::Reliable)
            capacity = std::min<std::size_t>(capacity, qos.queue_capacity);
    return capacity;
}

Duration ReliableReceiver::report_interval(const ReliableStream& state) const {
    return std::max<Duration>(protocol::kReportInterval,
                              protocol::kReportSpacing * state.receivers);
}

bool ReliableReceiver::report_is_due(Instant now, const ReliableStream& state,
                                     const Stream& stream) const {
    if (state.report_at <= now) return true;
    const std::uint64_t limit = this->limit(state, stream);
    const bool changed = limit > state.reported_limit || state.window.base() > state.reported_next;
    if (!changed) return false;
    if (now - state.reported_at >= report_interval(state)) return true;
    if (now - state.reported_at < protocol::kReportSpacing * state.receivers) return false;
    const std::uint64_t room =
        std::min<std::uint64_t>(state.window.capacity(), queue_capacity(stream));
    return limit >= state.reported_limit + room / kReportsPerWindow;
}

void ReliableReceiver::report(Instant now, ReliableStream& state, const Stream& stream) {
    wire::ReceiverReport report;
    report.publisher = stream.key.peer;
    report.topic = stream.key.topic;
    report.next = state.window.base();
    report.limit = std::max(limit(state, stream), state.reported_limit);
    report.newest = state.window.end() - 1;
    report.missed = state.missed;
    report.lost = state.lost;
    report.token = state.token;
    if (state.echo != WallTime{}) {
        report.echo = state.echo;
        report.echo_delay = context_.now() - state.echo_at;
        state.echo = {};
    }
    state.report_at = kNever;
    state.reported_at = now;
    if (!requester_.report(report)) return;
    state.reported_next = report.next;
    state.reported_limit = report.limit;
}

void ReliableReceiver::on_turn(Instant now) {
    for (const std::uint32_t place : active_)
        turn(now, states_[place], streams_[states_[place].slot]);
}

void ReliableReceiver::turn(Instant now, ReliableStream& state, Stream& stream) {
    if (!state.joined) {
        // Where nothing has come either there is nothing to go on with.
        if (state.seen_end != 0 && now - state.answered_at > protocol::kJoinUnansweredMax)
            go_on_unanswered(now, state, stream);
        else if (state.join_at <= now)
            join(now, state, stream);
        return;
    }
    deliver_ready(now, state, stream);
    if (state.window.missing() > 0) {
        skip_expired(now, state, stream);
        if (state.ask_at <= now) ask(now, state, stream);
    }
    if (report_is_due(now, state, stream)) report(now, state, stream);
}

Instant ReliableReceiver::deadline() const {
    Instant earliest = kNever;
    for (const std::uint32_t place : active_) {
        const ReliableStream& state = states_[place];
        if (!state.joined) {
            earliest = std::min(earliest, state.join_at);
            continue;
        }
        const Stream& stream = streams_[state.slot];
        earliest = std::min(earliest, state.report_at);
        // A program that drains changes the limit, and nothing else.
        if (state.window.base() > state.reported_next ||
            limit(state, stream) > state.reported_limit)
            earliest = std::min(earliest, state.reported_at + report_interval(state));
        if (state.window.missing() == 0) continue;
        earliest = std::min(earliest, state.ask_at);
        // While what is here finds no room nothing is given up.
        const auto since = state.window.missing_since();
        if (!since) continue;
        earliest = std::min(earliest, state.answered_at + protocol::kUnansweredMax);
        const Duration patience = this->patience(stream);
        if (patience != Duration::max()) earliest = std::min(earliest, *since + patience);
    }
    return earliest;
}

}  // namespace mcast::detail
