// Order: from the datagrams of a reliable stream, as they come, to its subscribers.
#include "node/reliable_receiver.hpp"

#include <algorithm>
#include <utility>

#include "protocol/limits.hpp"

namespace mcast::detail {

namespace {

using protocol::Position;

// Datagrams that a stream's window spans: those beyond are asked for when it has moved on.
constexpr std::size_t kWindowCapacity = 2048;

StreamLoss loss_of(GapCause cause) {
    static constexpr std::array<StreamLoss, kGapCauseCount> kLosses = {
        StreamLoss::Network, StreamLoss::Expired, StreamLoss::NotHeld, StreamLoss::PeerGone,
        StreamLoss::Unanswered};
    return kLosses[static_cast<std::size_t>(cause)];
}

}  // namespace

ReliableReceiver::ReliableReceiver(Context& context, StreamDelivery& delivery,
                                   StreamRequester& requester, std::vector<Stream>& streams)
    : context_(context), delivery_(delivery), requester_(requester), streams_(streams) {}

void ReliableReceiver::reserve() {
    if (!states_.empty()) return;
    const Limits& limits = context_.options.limits;
    states_.reserve(limits.reliable_streams_max);
    for (std::uint32_t i = 0; i < limits.reliable_streams_max; ++i) {
        states_.emplace_back(kWindowCapacity);
        free_states_.push_back(limits.reliable_streams_max - 1 - i);
    }
    active_.reserve(limits.reliable_streams_max);
    parity_.emplace(context_, limits.reliable_streams_max);
    held_.resize(limits.reorder_max);
    for (std::uint32_t i = limits.reorder_max; i > 0; --i)
        free_places_.push_back(i - 1);
}

bool ReliableReceiver::begin(Instant now, Stream& stream) {
    if (free_states_.empty()) return false;
    const std::uint32_t place = free_states_.back();
    free_states_.pop_back();
    active_.push_back(place);
    ReliableStream& fresh = states_[place];
    protocol::ReceiveWindow window = std::move(fresh.window);
    fresh = ReliableStream(0);
    fresh.window = std::move(window);
    fresh.window.begin(1);
    fresh.slot = static_cast<std::uint32_t>(&stream - streams_.data());
    while (fresh.token == 0)
        fresh.token = context_.random.next();
    const auto ended = std::find_if(ended_.begin(), ended_.end(),
                                    [&](const Ended& e) { return e.key == stream.key; });
    if (ended != ended_.end()) {
        fresh.resume = ended->next;
        fresh.was_told = ended->told;
    }
    fresh.answered_at = fresh.join_at = now;
    stream.reliable = place;
    return true;
}

void ReliableReceiver::end(Instant now, Stream& stream, GapCause cause) {
    ReliableStream& over = state(stream);
    if (!over.joined && over.seen_first != 0)
        delivery_.report_gap(now, stream, over.seen_first, over.seen_end - 1, cause,
                             requester_.find(stream.key.peer));
    while (over.joined && over.window.base() < over.window.end()) {
        give_up(now, over, stream, over.window.end(), cause);
        deliver_ready(now, over, stream);
        // What is here, but finds no room: nobody would send it again.
        if (over.window.front()) lose_rest(now, over, stream, cause);
    }
    const StreamKey key = stream.key;
    forget(stream, true);
    // As best effort it goes on, and does not come back to where it was.
    if (cause != GapCause::PeerGone)
        std::replace_if(
            ended_.begin(), ended_.end(), [&](const Ended& e) { return e.key == key; }, Ended{});
}

void ReliableReceiver::lose_rest(Instant now, ReliableStream& over, Stream& stream,
                                 GapCause cause) {
    const std::uint64_t first = over.window.base();
    const std::uint64_t end = over.window.end();
    over.window.clear([&](std::uint32_t place) { let_go(place); });
    over.window.begin(end);
    over.lost += end - first;
    stream.account[loss_of(cause)] += end - first;
    delivery_.report_gap(now, stream, first, end - 1, cause, requester_.find(stream.key.peer));
}

void ReliableReceiver::forget(Stream& stream, bool told) {
    ReliableStream& over = state(stream);
    over.window.clear([&](std::uint32_t place) { let_go(place); });
    if (over.joined) remember(over, stream.key, told);
    parity_->on_end(stream.reliable);
    std::erase(active_, stream.reliable);
    free_states_.push_back(stream.reliable);
    stream.reliable = Stream::kNotReliable;
}

void ReliableReceiver::remember(const ReliableStream& state, const StreamKey& key, bool told) {
    Ended* ended =
        std::find_if(ended_.begin(), ended_.end(), [&](const Ended& e) { return e.key == key; });
    if (ended == ended_.end()) ended = &ended_[next_ended_++ % ended_.size()];
    *ended = {key, state.window.base(), told};
}

void ReliableReceiver::let_go(std::uint32_t place) {
    held_[place].datagram.buffer.reset();
    free_places_.push_back(place);
}

void ReliableReceiver::extend(Instant now, ReliableStream& state, std::uint64_t end) {
    if (end <= state.window.end()) return;
    const Instant ask = first_ask(now, state);
    if (state.window.missing() == 0) state.answered_at = now;
    state.window.extend(end, now, ask);
    state.ask_at = std::min(state.ask_at, ask);
}

void ReliableReceiver::on_data(Instant now, Stream& stream, const wire::ParsedHeader& parsed,
                               Datagram& datagram) {
    ReliableStream& state = this->state(stream);
    const wire::Header& header = parsed.header;
    const std::uint64_t sequence = header.sequence;
    const std::uint64_t known = state.joined ? state.window.end() : state.seen_end;
    if (sequence == 0 || (known != 0 && sequence > known + protocol::kSequenceJumpMax)) {
        delivery_.drop(stream, DropCause::Implausible);
        // If it is true all the same, the publisher's answer says so.
        if (state.joined)
            state.report_at = std::min(state.report_at,
                                       std::max(now, state.reported_at + report_interval(state)));
        return;
    }
    const bool repair = (header.flags & wire::kFlagRepair) != 0;
    if (!repair && sequence >= known) {
        state.echo = header.sent_at;
        state.echo_at = now;
    }
    if (!state.joined) {
        if (state.seen_first == 0) state.seen_first = sequence;
        state.seen_end = std::max(state.seen_end, sequence + 1);
        delivery_.drop(stream, DropCause::Postponed);
        return;
    }
    const Position position = state.window.position(sequence);
    if (position == Position::Duplicate) {
        ++stream.account.duplicates;
        delivery_.drop(stream, DropCause::Duplicate);
        return;
    }
    if (recovering_ || sequence < state.window.end()) on_repair(now, state, stream, sequence);
    if (!state.has_parity) {
        take(now, state, stream, parsed, datagram);
        return;
    }
    parity_->on_datagram(stream.reliable, sequence, datagram.buffer);
    const wire::Header of_stream = header;
    const Datagram like{{}, datagram.interface, {}, {}, datagram.way, datagram.received_at};
    take(now, state, stream, parsed, datagram);
    if (!recovering_) recover(now, stream, of_stream, like);
}

void ReliableReceiver::take(Instant now, ReliableStream& state, Stream& stream,
                            const wire::ParsedHeader& parsed, Datagram& datagram) {
    const std::uint64_t sequence = parsed.header.sequence;
    const Position position = state.window.position(sequence);
    // In order and nothing before it: the way of nearly all.
    if (position == Position::Next && delivery_.has_last_buffers() &&
        delivery_.take_reliable(now, stream, state.slot, parsed, datagram, skip(state, sequence))) {
        const std::uint64_t reach = state.window.reach();
        const Instant ask = first_ask(now, state);
        state.window.pass(now, ask);
        on_moved(now, state, reach, ask);
        deliver_ready(now, state, stream);
        return;
    }
    // Those before it; itself only if it can be held.
    extend(now, state, position == Position::Beyond ? sequence + 1 : sequence);
    hold(now, state, stream, parsed, datagram);
}

void ReliableReceiver::on_parity(Instant now, Stream& stream, const wire::ParsedHeader& parsed,
                                 const Datagram& datagram) {
    ReliableStream& state = this->state(stream);
    if (!state.joined) return;
    state.has_parity = true;
    note_block(now, state, parsed.header.sequence);
    if (!parity_->on_piece(stream.reliable, parsed, datagram.buffer))
        delivery_.drop(stream, DropCause::MalformedMessage);
    else
        recover(now, stream, parsed.header, datagram);
}

void ReliableReceiver::note_block(Instant now, ReliableStream& state, std::uint64_t first) {
    if (first <= state.parity_first) return;
    const Duration since = std::min<Duration>(now - state.parity_at, protocol::kParityWaitMax);
    if (state.parity_first != 0) state.block_time += (since - state.block_time) / 4;
    state.parity_first = first;
    state.parity_at = now;
}

void ReliableReceiver::recover(Instant now, Stream& stream, const wire::Header& header,
                               const Datagram& like) {
    recovering_ = true;
    parity_->recover(stream.reliable, header, [&](Buffer&& buffer) {
        const wire::ParsedHeader parsed = wire::parse_header(buffer.bytes());
        Datagram recovered{std::move(buffer), like.interface, {}, {}, like.way, like.received_at};
        if (parsed) on_data(now, stream, parsed, recovered);
    });
    recovering_ = false;
}

void ReliableReceiver::hold(Instant now, ReliableStream& state, Stream& stream,
                            const wire::ParsedHeader& parsed, Datagram& datagram) {
    const std::uint64_t sequence = parsed.header.sequence;
    const bool beyond = state.window.position(sequence) == Position::Beyond;
    extend(now, state, sequence + 1);
    if (beyond || free_places_.empty() || !delivery_.has_buffers()) {
        delivery_.drop(stream, DropCause::Postponed);
        state.window.postpone(sequence, sequence, now + state.round_trip.timeout());
        return;
    }
    const std::uint32_t place = free_places_.back();
    free_places_.pop_back();
    held_[place].parsed = parsed;
    held_[place].datagram = std::move(datagram);
    state.window.hold(sequence, place);
}

void ReliableReceiver::deliver_ready(Instant now, ReliableStream& state, Stream& stream) {
    if (!state.window.front()) return;
    const std::uint64_t reach = state.window.reach();
    const Instant ask = first_ask(now, state);
    while (const auto place = state.window.front()) {
        HeldDatagram& datagram = held(*place);
        if (!delivery_.take_reliable(now, stream, state.slot, datagram.parsed, datagram.datagram,
                                     skip(state, state.window.base())))
            break;
        let_go(state.window.pop(now, ask));
    }
    on_moved(now, state, reach, ask);
}

void ReliableReceiver::on_moved(Instant now, ReliableStream& state, std::uint64_t reach,
                                Instant ask) {
    if (state.window.missing() == 0 || state.window.reach() <= reach) return;
    // Of a full window nothing was asked for: the wait for an answer begins.
    if (state.ask_at == kNever) state.answered_at = now;
    state.ask_at = std::min(state.ask_at, ask);
}

void ReliableReceiver::on_repair(Instant now, ReliableStream& state, Stream& stream,
                                 std::uint64_t sequence) {
    ++(recovering_ ? state.recovered : state.repaired);
    // In a large group others ask for us. What is late or computed from parity answers nobody.
    const bool awaited =
        state.receivers > protocol::kSmallGroup || state.window.asked(sequence) > 0;
    if (awaited && !recovering_) state.answered_at = now;
    for (std::size_t i = 0; i < stream.subscriber_count; ++i) {
        if (recovering_)
            stream.subscribers[i]->on_recovered();
        else
            stream.subscribers[i]->on_repaired();
    }
    // Where several ask, a repair may answer somebody else's request.
    if (state.receivers <= protocol::kSmallGroup && !recovering_) {
        const std::uint64_t from = sequence > state.repaired_last ? state.repaired_last : 0;
        if (state.window.on_overtaken(from, sequence, now)) state.ask_at = now;
        state.repaired_last = sequence;
    }
    // What was asked for more than once may answer either request (Karn).
    if (sequence == state.probe && state.window.asked(sequence) == 1)
        state.round_trip.on_sample(context_.now() - state.probed_at);
    if (sequence == state.probe) state.probe = 0;
}

void ReliableReceiver::give_up(Instant now, ReliableStream& state, Stream& stream,
                               std::uint64_t before, GapCause cause) {
    const std::uint64_t first = state.window.base();
    const Instant ask = first_ask(now, state);
    const std::uint64_t count = state.window.give_up(before, now, ask);
    if (count == 0) return;
    state.ask_at = std::min(state.ask_at, ask);
    state.lost += count;
    stream.account[loss_of(cause)] += count;
    // A large message cannot be complete without them.
    delivery_.on_passed(stream, state.slot, first + count);
    delivery_.report_gap(now, stream, first, first + count - 1, cause,
                         requester_.find(stream.key.peer));
}

void ReliableReceiver::skip_expired(Instant now, ReliableStream& state, Stream& stream) {
    const Duration patience = this->patience(stream);
    while (const auto since = state.window.missing_since()) {
        if (now - *since < patience) break;
        const std::uint64_t base = state.window.base();
        give_up(now, state, stream, state.window.noticed_end(*since), GapCause::Expired);
        deliver_ready(now, state, stream);
        if (state.window.base() == base) break;
    }
    // Nobody answers, though the publisher is up.
    if (state.window.missing_since() && now - state.answered_at >= protocol::kUnansweredMax) {
        give_up(now, state, stream, state.window.end(), GapCause::Unanswered);
        deliver_ready(now, state, stream);
    }
}

Duration ReliableReceiver::patience(const Stream& stream) const {
    Duration shortest = Duration::max();
    for (std::size_t i = 0; i < stream.subscriber_count; ++i) {
        const Qos& qos = stream.subscribers[i]->qos();
        if (qos.delivery == Delivery::Reliable)
            shortest = std::min(shortest, qos.reliability.deadline);
    }
    return shortest;
}

}  // namespace mcast::detail
