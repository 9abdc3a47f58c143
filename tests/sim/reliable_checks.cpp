// What a World demands of its reliable topics.
#include <algorithm>
#include <string>
#include <utility>

#include "tests/sim/world.hpp"

namespace worlds {

using namespace std::chrono_literals;
using mcast::ReceiverInfo;
using mcast::StreamInfo;

namespace {

constexpr Duration kLook = 50ms;  // at whether it is done

const StreamInfo* find_stream(const std::vector<StreamInfo>& streams, mcast::PeerId publisher,
                              std::size_t topic) {
    const auto found = std::find_if(streams.begin(), streams.end(), [&](const StreamInfo& stream) {
        return stream.publisher == publisher && stream.topic == kTopics[topic].name;
    });
    return found == streams.end() ? nullptr : &*found;
}

const Participant::Subscription* find_subscription(const Participant& participant,
                                                   const PublicationPlan& plan) {
    for (const auto& each : participant.subscriptions())
        if (each->active && each->plan.topic == plan.topic && each->plan.tock == plan.tock)
            return each.get();
    return nullptr;
}

}  // namespace

const Participant* World::find(mcast::PeerId id) const {
    for (const auto& participant : participants_)
        if (participant && participant->node().id() == id) return participant.get();
    return nullptr;
}

void World::finish_reliable() {
    if (plan_.corrupts) return;
    // A queue of eight that is emptied five times a second takes its time for what a window holds:
    // as long as something is delivered nothing stalls.
    const Instant end = lan_.now() + kSlowestMax;
    Instant last = lan_.now() + kReliableMax;
    std::uint64_t delivered = reliably_delivered();
    while (!is_complete(nullptr) && lan_.now() < std::min(last, end)) {
        run_until(lan_.now() + kLook);
        const std::uint64_t before = std::exchange(delivered, reliably_delivered());
        if (delivered != before) last = lan_.now() + kReliableMax;
    }
    std::string otherwise;
    model_.expect(is_complete(&otherwise), lan_.now(), otherwise);
    if (trace_) note_streams();
    // What lies in the queues of those that drain rarely.
    for (int i = 0; i < 8; ++i) {
        for (const auto& participant : participants_)
            if (participant) participant->drain_all(lan_.now());
        run_until(lan_.now() + kLook);
    }
    check_reliable_delivery();
}

std::uint64_t World::reliably_delivered() const {
    std::uint64_t count = 0;
    for (const auto& participant : participants_)
        if (participant)
            for (const StreamInfo& stream : participant->node().streams())
                if (stream.delivery == mcast::Delivery::Reliable) count += stream.delivered;
    return count;
}

void World::note_streams() const {
    for (const auto& participant : participants_) {
        if (!participant) continue;
        const std::string who = "run " + std::to_string(participant->run());
        const mcast::NodeStats stats = participant->node().stats();
        for (std::size_t i = 0; i < mcast::kDropCauseCount; ++i) {
            const auto cause = static_cast<mcast::DropCause>(i);
            if (stats.dropped[cause] > 0)
                note(who + " dropped " + std::string(to_string(cause)) + " " +
                     std::to_string(stats.dropped[cause]));
        }
        for (const auto& publication : participant->publications()) {
            if (!publication->active || !is_reliable(publication->plan.topic)) continue;
            note(who + " publishes " + kTopics[publication->plan.topic].name + ", newest " +
                 std::to_string(publication->newest()));
            for (const ReceiverInfo& info : publication->receivers())
                note("  " + info.peer_name + " first " + std::to_string(info.first) +
                     ", acknowledged " + std::to_string(info.acknowledged) + ", lost " +
                     std::to_string(info.lost) + (info.lagging ? ", lagging" : ""));
        }
        for (const StreamInfo& stream : participant->node().streams()) {
            if (stream.delivery == mcast::Delivery::Reliable)
                note(who + " receives " + StreamBook::describe(stream));
        }
    }
}

bool World::is_complete(std::string* otherwise) const {
    const auto complain = [&](const Participant& sender, const PublicationPlan& plan,
                              const std::string& what) {
        if (otherwise != nullptr)
            *otherwise = "run " + std::to_string(sender.run()) + " topic " +
                         kTopics[plan.topic].name + " does not come to rest: " + what;
        return false;
    };
    for (const auto& sender : participants_) {
        if (!sender) continue;
        for (const auto& publication : sender->publications()) {
            const PublicationPlan& plan = publication->plan;
            if (!publication->active || !is_reliable(plan.topic)) continue;
            const std::uint64_t newest = publication->newest();
            if (publication->acknowledged() != newest)
                return complain(*sender, plan,
                                "acknowledged " + std::to_string(publication->acknowledged()) +
                                    " of " + std::to_string(newest));
            for (const ReceiverInfo& info : publication->receivers()) {
                if (info.lagging)
                    return complain(*sender, plan, info.peer_name + " is still lagging");
            }
            for (const auto& receiver : participants_) {
                if (!receiver || receiver == sender || !same_domain(*sender, *receiver)) continue;
                if (!connected(*sender, *receiver)) continue;
                if (find_subscription(*receiver, plan) == nullptr) continue;
                const auto streams = receiver->node().streams();
                const StreamInfo* stream = find_stream(streams, sender->node().id(), plan.topic);
                if (stream == nullptr) continue;
                if (stream->newest != newest || stream->missing + stream->waiting > 0)
                    return complain(*sender, plan,
                                    "run " + std::to_string(receiver->run()) + " knows of " +
                                        std::to_string(stream->newest) + " of " +
                                        std::to_string(newest) + ", " +
                                        std::to_string(stream->missing) + " missing, " +
                                        std::to_string(stream->waiting) + " waiting");
            }
        }
    }
    return true;
}

void World::check_reliable_delivery() {
    for (const auto& sender : participants_) {
        if (!sender) continue;
        for (const auto& publication : sender->publications()) {
            if (!publication->active || !is_reliable(publication->plan.topic)) continue;
            for (const auto& receiver : participants_) {
                if (!receiver || receiver == sender || !same_domain(*sender, *receiver)) continue;
                if (!connected(*sender, *receiver)) continue;
                for (const auto& subscription : receiver->subscriptions()) {
                    if (!subscription->active ||
                        subscription->plan.topic != publication->plan.topic ||
                        subscription->plan.tock != publication->plan.tock)
                        continue;
                    check_reliable_subscription(*sender, *publication, *receiver, *subscription);
                }
            }
        }
    }
    // Explains what was skipped.
    for (const auto& participant : participants_) {
        if (!participant) continue;
        model_.on_streams(lan_.now(), participant->run(), participant->node().streams());
    }
}

void World::check_reliable_subscription(const Participant& sender,
                                        const Participant::Publication& publication,
                                        const Participant& receiver,
                                        Participant::Subscription& subscription) {
    const std::size_t key = stream_key(publication.plan.topic, publication.plan.tock);
    const Run& run = model_.runs()[sender.run()];
    const auto first = run.first_demanded.find(key);
    if (first == run.first_demanded.end()) return;
    const std::uint64_t published = run.published.at(key);
    Inbox::Progress& progress = subscription.inbox.from[sender.run()];
    const std::uint64_t from = std::max(progress.next, first->second);
    if (from < published) model_.on_skipped(subscription.inbox, sender.run(), from, published);
    // Who waits for everybody, and has never lost sight of them, loses nothing.
    const mcast::Reliability& reliability = publication.plan.reliability;
    const bool waits = reliability.flow == mcast::FlowControl::Slowest &&
                       reliability.patience == Duration::max() &&
                       subscription.plan.deadline == Duration::max();
    const bool missed = model_.has_missed(sender.run(), receiver.node_id()) ||
                        model_.has_missed(receiver.run(), sender.node_id());
    if (!waits || missed) return;
    const std::uint64_t demanded = published - first->second;
    model_.expect(progress.demanded == demanded, lan_.now(),
                  "run " + std::to_string(receiver.run()) + " got of " +
                      kTopics[publication.plan.topic].name + " from run " +
                      std::to_string(sender.run()) + " only " + std::to_string(progress.demanded) +
                      " of " + std::to_string(demanded));
}

void World::check_receivers() {
    if (plan_.corrupts) return;
    for (const auto& sender : participants_) {
        if (!sender || sender->stalled()) continue;
        for (const auto& publication : sender->publications()) {
            if (publication->active && is_reliable(publication->plan.topic))
                check_receivers_of(*sender, *publication);
        }
    }
}

void World::check_receivers_of(const Participant& sender,
                               const Participant::Publication& publication) {
    const std::uint64_t newest = publication.newest();
    for (const ReceiverInfo& info : publication.receivers()) {
        const std::string who = "run " + std::to_string(sender.run()) + " topic " +
                                kTopics[publication.plan.topic].name + ": " + info.peer_name;
        model_.expect(newest == info.acknowledged + info.outstanding, lan_.now(),
                      who + " has " + std::to_string(info.acknowledged) + " of " +
                          std::to_string(newest) + ", " + std::to_string(info.outstanding) +
                          " outstanding");
        const Participant* receiver = find(info.peer);
        if (receiver == nullptr || find_subscription(*receiver, publication.plan) == nullptr)
            continue;
        const auto streams = receiver->node().streams();
        const StreamInfo* stream = find_stream(streams, sender.node_id(), publication.plan.topic);
        if (stream == nullptr || stream->first == 0 || info.acknowledged < info.first) continue;
        // What came, and what was given up, from its beginning on.
        const std::uint64_t done = stream->newest - stream->missing - stream->waiting;
        model_.expect(info.acknowledged <= done, lan_.now(),
                      who + " is said to have " + std::to_string(info.acknowledged) +
                          ", but has at most " + std::to_string(done));
    }
}

}  // namespace worlds
