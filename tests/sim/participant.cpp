#include "tests/sim/participant.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "base/hash.hpp"
#include "tests/sim/content.hpp"
#include "tests/sim/crashable_transport.hpp"

namespace worlds {

namespace {

// Turns between two looks at the ledgers of all streams.
constexpr std::uint64_t kLedgerPeriod = 32;

mcast::NodeOptions options_of(const NodePlan& plan, std::size_t run) {
    mcast::NodeOptions options;
    options.domain = plan.domain;
    options.name = "run-" + std::to_string(run);
    options.announce_interval = plan.announce_interval;
    // Enough for 16 nodes and their restarts, and small: a thousand worlds are made.
    options.limits.peers_max = 64;
    options.limits.topics_per_peer_max = 16;
    options.limits.topics_max = 16;
    options.limits.streams_max = 256;
    options.limits.message_size_max = 32 * 1024;
    options.limits.events_max = 2048;
    options.limits.reliable_streams_max = 64;
    options.limits.reorder_max = 256;
    options.log = [](mcast::LogLevel, std::string_view) {};
    return options;
}

}  // namespace

Participant::Participant(const NodePlan& plan, std::size_t run, Model& model, mcast::Host host,
                         std::uint64_t seed, std::vector<std::string> static_peers)
    : plan_(plan), run_(run), model_(model), random_(seed) {
    host.transport = std::make_unique<CrashableTransport>(std::move(host.transport), crashed_);
    const Instant now = host.clock->now();
    mcast::NodeOptions options = options_of(plan, run);
    options.peers = std::move(static_peers);
    auto node = mcast::Node::open(options, std::move(host));
    model.expect(node.has_value(), now, node ? "" : "open: " + node.error().what);
    node_ = std::make_unique<mcast::Node>(std::move(node).value());
    model.runs()[run].id = node_->id();
    for (const PublicationPlan& each : plan.publications) {
        publications_.push_back(std::make_unique<Publication>());
        publications_.back()->plan = each;
    }
    for (const SubscriptionPlan& each : plan.subscriptions) {
        subscriptions_.push_back(std::make_unique<Subscription>());
        subscriptions_.back()->plan = each;
    }
    resume(now);
}

Participant::~Participant() {
    publications_.clear();
    subscriptions_.clear();
}

void Participant::resume(Instant now) {
    for (const auto& publication : publications_) {
        if (std::exchange(publication->active, true)) continue;
        const Topic& topic = kTopics[publication->plan.topic];
        const mcast::Qos qos{topic.delivery, publication->plan.express, 256,
                             publication->plan.history, publication->plan.reliability};
        if (publication->plan.tock) {
            publication->tock = node_->publisher<Tock>(topic.name, qos);
        } else {
            publication->tick = node_->publisher<Tick>(topic.name, qos);
        }
        model_.expect(publication->tick || publication->tock, now,
                      "run " + std::to_string(run_) + ": no publisher of " + topic.name);
        publication->next_at = now + random_.duration({}, publication->plan.period);
        publication->unheard = publication->stats().unheard;
    }
    for (const auto& subscription : subscriptions_) {
        if (std::exchange(subscription->active, true)) continue;
        const Topic& topic = kTopics[subscription->plan.topic];
        mcast::Qos qos{topic.delivery, false, subscription->plan.queue_capacity};
        qos.reliability.deadline = subscription->plan.deadline;
        if (subscription->plan.tock) {
            subscription->tock = node_->subscriber<Tock>(topic.name, qos);
        } else {
            subscription->tick = node_->subscriber<Tick>(topic.name, qos);
        }
        model_.expect(subscription->tick || subscription->tock, now,
                      "run " + std::to_string(run_) + ": no subscriber to " + topic.name);
        model_.on_subscription(run_, subscription->plan.topic);
        subscription->inbox = {run_, subscription->plan.topic, subscription->plan.tock, {}, 0};
        subscription->delivered = 0;
        subscription->next_at = now;
    }
}

void Participant::unsubscribe(std::size_t which) {
    if (subscriptions_.empty()) return;
    Subscription& subscription = *subscriptions_[which % subscriptions_.size()];
    subscription.active = false;
    subscription.tick = {};
    subscription.tock = {};
    model_.on_subscription(run_, subscription.plan.topic);
}

void Participant::unpublish(std::size_t which) {
    if (publications_.empty()) return;
    Publication& publication = *publications_[which % publications_.size()];
    publication.active = false;
    publication.tick = {};
    publication.tock = {};
}

void Participant::turn(Instant now) {
    if (publishing_) {
        for (const auto& publication : publications_)
            publish_due(*publication, now);
    }
    node_->poll();
    note_places();
    for (const auto& subscription : subscriptions_) {
        if (subscription->active && subscription->next_at <= now) drain(*subscription, now);
    }
    drain_events(now);
    if (model_.has_skips(run_) || ++turns_ % kLedgerPeriod == 0)
        model_.on_streams(now, run_, node_->streams());
}

void Participant::wake(Instant now) {
    if (!std::exchange(stalled_, false)) return;
    woken_at_ = now;
    for (const auto& publication : publications_)
        publication->next_at = std::max(publication->next_at, now);
}

void Participant::note_places() {
    for (const auto& publication : publications_) {
        if (!publication->active || !is_reliable(publication->plan.topic)) continue;
        const std::size_t key = stream_key(publication->plan.topic, publication->plan.tock);
        std::vector<Place>& places = model_.runs()[run_].places[key];
        const std::uint64_t unheard = publication->stats().unheard;
        for (; publication->placed < places.size(); ++publication->placed) {
            Place& place = places[publication->placed];
            // A large one may wait for its subscribers; then it has no place yet.
            if (publication->newest() < place.first && unheard == publication->unheard) break;
            place.last = publication->newest();
            place.unheard = unheard != publication->unheard;
        }
        publication->unheard = unheard;
    }
}

Instant Participant::next_turn() const {
    Instant next = node_->next_deadline();
    for (const auto& publication : publications_) {
        if (publishing_ && publication->active) next = std::min(next, publication->next_at);
    }
    return next;
}

void Participant::publish_due(Publication& publication, Instant now) {
    while (publication.active && publication.next_at <= now) {
        publication.next_at += publication.plan.period;
        const std::size_t key = stream_key(publication.plan.topic, publication.plan.tock);
        std::uint64_t& published = model_.runs()[run_].published[key];
        const auto padding_size = static_cast<std::uint32_t>(
            random_.between(publication.plan.padding_min, publication.plan.padding_max));
        const MessageKey content{run_,
                                 published,
                                 publication.plan.topic,
                                 publication.plan.tock,
                                 mcast::hash(plan_.domain),
                                 padding_size};
        const std::size_t hint = random_.chance(0.5) ? padding_size + 64u : 0u;
        const auto publish = [&](auto& publisher) {
            auto loan = publisher.loan(hint);
            if (!loan) return;
            auto message = loan->root();
            message.setSender(content.sender);
            message.setNumber(content.number);
            message.setDigest(content.digest());
            auto padding = message.initPadding(padding_size);
            fill_padding({padding.begin(), padding.size()}, content.digest());
            // Some are given back: they are never to be seen.
            if (random_.chance(0.05)) return;
            const std::uint64_t before = publisher.newest();
            const std::uint64_t taken = publisher.stats().published;
            loan->publish();
            // A large one of a Reliable topic may be more than its subscribers take now.
            if (publisher.stats().published == taken) return;
            ++published;
            if (is_reliable(publication.plan.topic))
                model_.runs()[run_].places[key].push_back({before + 1});
        };
        publication.plan.tock ? publish(publication.tock) : publish(publication.tick);
    }
}

void Participant::drain(Subscription& subscription, Instant now) {
    subscription.next_at = now + subscription.plan.drain_period;
    ++subscription.inbox.drain_count;
    const auto take = [&](const auto& sample) {
        const auto padding = sample->getPadding();
        Delivered message;
        message.sender = sample->getSender();
        message.number = sample->getNumber();
        message.digest = sample->getDigest();
        message.padding_size = padding.size();
        message.padding_intact =
            padding_is_intact({padding.begin(), padding.size()}, message.digest);
        message.peer = sample.peer();
        message.sequence = sample.sequence();
        ++subscription.delivered;
        model_.on_delivered(now, subscription.inbox, message);
    };
    subscription.plan.tock ? subscription.tock.drain(take) : subscription.tick.drain(take);
}

void Participant::drain_all(Instant now) {
    for (const auto& subscription : subscriptions_) {
        if (subscription->active) drain(*subscription, now);
    }
    drain_events(now);
}

void Participant::drain_events(Instant now) {
    node_->drain_events([&](const mcast::Event& event) { model_.on_event(now, run_, event); });
}

void Participant::demand_delivery() {
    Run& run = model_.runs()[run_];
    for (const auto& publication : publications_) {
        const std::size_t key = stream_key(publication->plan.topic, publication->plan.tock);
        run.first_demanded[key] = run.published[key];
    }
}

void Participant::check_statistics(Instant now) {
    const std::string who = "run " + std::to_string(run_) + ": ";
    const mcast::NodeStats stats = node_->stats();
    model_.expect(stats.events_dropped == 0, now, who + "events were dropped");
    for (const auto& subscription : subscriptions_) {
        if (!subscription->active) continue;
        const mcast::SubscriberStats& counted =
            subscription->plan.tock ? subscription->tock.stats() : subscription->tick.stats();
        model_.expect(counted.delivered == subscription->delivered, now,
                      who + "counts " + std::to_string(counted.delivered) + " messages of " +
                          kTopics[subscription->plan.topic].name + ", delivered " +
                          std::to_string(subscription->delivered));
    }
    for (const mcast::InterfaceStatus& status : node_->interfaces()) {
        model_.expect(status.counters.last_send_error != EMSGSIZE, now,
                      who + "sent datagrams beyond the MTU of " + status.interface.name);
        const bool tunnel = status.interface.kind == mcast::InterfaceKind::Tunnel;
        model_.expect(status.attached != tunnel, now,
                      who + status.interface.name + (tunnel ? " is used" : " is not used") + ": " +
                          status.eligibility.reason + " " + status.problem);
    }
}

}  // namespace worlds
