#include "tests/sim/model.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "base/random.hpp"
#include "tests/sim/content.hpp"
#include "tests/sim/plan.hpp"

namespace worlds {

using mcast::EventKind;
using mcast::PeerState;

namespace {

constexpr std::size_t kViolationsMax = 20;  // the first ones tell the most

std::string describe(const Inbox& inbox, const Delivered& message) {
    return "run " + std::to_string(inbox.run) + " topic " + kTopics[inbox.topic].name +
           (inbox.tock ? " (Tock)" : " (Tick)") + ": number " + std::to_string(message.number) +
           " of run " + std::to_string(message.sender);
}

}  // namespace

const Run* Model::find(mcast::PeerId id) const {
    const auto found =
        std::find_if(runs_.begin(), runs_.end(), [id](const Run& run) { return run.id == id; });
    return found == runs_.end() ? nullptr : &*found;
}

void Model::expect(bool condition, Instant now, const std::string& otherwise) {
    if (condition || violations_.size() >= kViolationsMax) return;
    const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
    violations_.push_back("at " + std::to_string(seconds) + " s: " + otherwise);
}

void Model::on_delivered(Instant now, Inbox& inbox, const Delivered& message) {
    ++delivered_count_;
    fingerprint_ = mcast::split_mix(fingerprint_ ^ message.digest ^ inbox.run);
    const Run& receiver = runs_[inbox.run];
    const MessageKey key{
        message.sender,      message.number, inbox.topic, inbox.tock, mcast::hash(receiver.domain),
        message.padding_size};
    const bool intact = message.padding_intact && key.digest() == message.digest;
    if (!intact) {
        expect(corrupts_, now, describe(inbox, message) + " is not what was published");
        return;
    }
    // An intact digest says that the sender meant this topic, type and domain.
    const bool known = message.sender < runs_.size();
    expect(known, now, describe(inbox, message) + " comes from nobody");
    if (!known) return;
    const Run& sender = runs_[message.sender];
    const auto published = sender.published.find(stream_key(inbox.topic, inbox.tock));
    expect(published != sender.published.end() && message.number < published->second, now,
           describe(inbox, message) + " was never published");
    expect(message.sender != inbox.run, now, describe(inbox, message) + " is its own");
    // A changed header moves messages in time and to other peers.
    if (corrupts_) return;
    expect(message.peer == sender.id, now, describe(inbox, message) + " bears another peer's id");
    check_order(now, inbox, message);
}

void Model::check_order(Instant now, Inbox& inbox, const Delivered& message) {
    Inbox::Progress& progress = inbox.from[message.sender];
    expect(message.number >= progress.next, now,
           describe(inbox, message) + " comes after number " + std::to_string(progress.next - 1));
    if (is_reliable(inbox.topic)) {
        check_place(now, inbox, message);
        if (progress.begun && message.number > progress.next)
            on_skipped(inbox, message.sender, progress.next, message.number);
    }
    progress.begun = true;
    progress.next = message.number + 1;
    if (kTopics[inbox.topic].delivery == mcast::Delivery::Latest) {
        expect(progress.drained_in != inbox.drain_count, now,
               describe(inbox, message) + " is not the only one that one drain() gave");
        progress.drained_in = inbox.drain_count;
    }
    const Run& sender = runs_[message.sender];
    const auto first = sender.first_demanded.find(stream_key(inbox.topic, inbox.tock));
    if (first != sender.first_demanded.end() && message.number >= first->second) {
        ++progress.demanded;
    }
}

void Model::check_place(Instant now, const Inbox& inbox, const Delivered& message) {
    const Run& sender = runs_[message.sender];
    const auto places = sender.places.find(stream_key(inbox.topic, inbox.tock));
    if (places == sender.places.end() || message.number >= places->second.size()) return;
    const Place& place = places->second[message.number];
    expect(message.sequence >= place.first && message.sequence <= place.last, now,
           describe(inbox, message) + " comes in datagram " + std::to_string(message.sequence) +
               ", published in " + std::to_string(place.first) + " to " +
               std::to_string(place.last));
}

void Model::on_skipped(const Inbox& inbox, std::uint64_t sender, std::uint64_t from,
                       std::uint64_t end) {
    skips_.push_back({inbox.run, inbox.topic, inbox.tock, sender, from, end});
}

void Model::on_subscription(std::size_t run, std::size_t topic) {
    book_.on_subscription(run, kTopics[topic].name);
}

bool Model::has_skips(std::size_t run) const {
    return std::any_of(skips_.begin(), skips_.end(),
                       [run](const Skip& skip) { return skip.run == run; });
}

void Model::on_streams(Instant now, std::size_t run,
                       const std::vector<mcast::StreamInfo>& streams) {
    for (const mcast::StreamInfo& stream : streams) {
        const std::string wrong = book_.on_stream(run, stream);
        expect(wrong.empty(), now, "run " + std::to_string(run) + ": " + wrong);
    }
    for (const Skip& skip : skips_)
        if (skip.run == run) check_skip(now, skip);
    std::erase_if(skips_, [run](const Skip& skip) { return skip.run == run; });
}

void Model::check_skip(Instant now, const Skip& skip) {
    const char* const topic = kTopics[skip.topic].name;
    const Run& sender = runs_[skip.sender];
    const auto places = sender.places.find(stream_key(skip.topic, skip.tock));
    if (places == sender.places.end()) return;
    // What came before the stream began again for this receiver was not meant for it.
    const std::uint64_t first = book_.first(skip.run, sender.id, topic);
    for (std::uint64_t number = skip.from; number < skip.end; ++number) {
        const Place& place = places->second[number];
        const bool explained = place.unheard || place.last < first ||
                               book_.told(skip.run, sender.id, topic, place.first, place.last);
        expect(explained, now,
               "run " + std::to_string(skip.run) + " topic " + topic + ": number " +
                   std::to_string(number) + " of run " + std::to_string(skip.sender) +
                   ", in datagram " + std::to_string(place.first) + " to " +
                   std::to_string(place.last) + ", was skipped without a word");
    }
}

void Model::on_event(Instant now, std::size_t run, const mcast::Event& event) {
    fingerprint_ =
        mcast::split_mix(fingerprint_ ^ event.peer.value ^ static_cast<std::uint64_t>(event.kind));
    if (event.kind == EventKind::Gap || event.kind == EventKind::PeerDown)
        book_.on_event(run, event);
    if (event.kind == EventKind::PeerSilent || event.kind == EventKind::PeerDown)
        missed_.insert({run, event.peer});
    const bool about_peer = event.kind == EventKind::PeerUp || event.kind == EventKind::PeerDown ||
                            event.kind == EventKind::PeerSilent ||
                            event.kind == EventKind::PeerBack;
    if (!about_peer) return;
    const std::string who = "run " + std::to_string(run) + ": " + mcast::to_string(event);
    PeerState& state = seen_[{run, event.peer}];
    switch (event.kind) {
        case EventKind::PeerUp:
            expect(state == PeerState::Unknown || state == PeerState::Down, now,
                   who + ", though it was there already");
            state = PeerState::Up;
            break;
        case EventKind::PeerSilent:
            expect(state == PeerState::Up, now, who + ", though it was not up");
            state = PeerState::Silent;
            break;
        case EventKind::PeerBack:
            expect(state == PeerState::Silent, now, who + ", though it was not silent");
            state = PeerState::Up;
            break;
        default:
            expect(state == PeerState::Up || state == PeerState::Silent, now,
                   who + ", though it was not there");
            state = PeerState::Down;
            break;
    }
    if (corrupts_) return;
    const Run* peer = find(event.peer);
    expect(peer != nullptr, now, who + ", but there is no such node");
    if (peer == nullptr) return;
    expect(peer->domain == runs_[run].domain, now, who + ", but it is in another domain");
    expect(peer != &runs_[run], now, who + ", but that is itself");
}

}  // namespace worlds
