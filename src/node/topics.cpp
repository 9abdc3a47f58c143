#include "node/topics.hpp"

#include <algorithm>

#include "mcast/topic.hpp"
#include "wire/parity.hpp"

namespace mcast::detail {

namespace {

constexpr std::uint32_t kReliableWindowMax = 1u << 16;

}  // namespace

Topics::Topics(Context& context, Outbound& outbound, Inbound& inbound, Membership& membership,
               const protocol::PeerTable& peers)
    : context_(context),
      outbound_(outbound),
      inbound_(inbound),
      membership_(membership),
      peers_(peers) {}

std::size_t Topics::in_use() const {
    const auto published = std::count_if(publishers_.begin(), publishers_.end(),
                                         [](const auto& p) { return p->in_use(); });
    return static_cast<std::size_t>(published) + subscribers_.size();
}

Result<void> Topics::check(std::string_view topic) const {
    if (Result<void> name = check_topic_name(topic); !name) return name;
    const std::uint32_t limit = context_.options.limits.topics_max;
    if (in_use() < limit) return {};
    return Error{ErrorCode::LimitReached, 0,
                 "topic '" + std::string(topic) + "': " + std::to_string(limit) +
                     " topics are in use already; raise Limits::topics_max"};
}

Result<void> Topics::check(std::string_view topic, const Qos& qos) {
    const Reliability& reliability = qos.reliability;
    const Parity& parity = reliability.parity;
    const auto refuse = [&](const char* what) {
        return Error{ErrorCode::InvalidArgument, 0, "topic '" + std::string(topic) + "': " + what};
    };
    if (qos.delivery != Delivery::Reliable) return {};
    if (reliability.window < 4 || reliability.window > kReliableWindowMax)
        return refuse("Reliability::window: give 4 to 65536 datagrams");
    if (reliability.patience <= Duration::zero() || reliability.deadline <= Duration::zero())
        return refuse("Reliability::patience and deadline: give more than 0, or Duration::max()");
    if (parity.parity > 0 && (parity.data < 1 || parity.data > wire::kParityBlockMax ||
                              parity.parity > wire::kParityPiecesMax))
        return refuse("Reliability::parity: give 1 to 64 data and 1 to 16 parity datagrams");
    return {};
}

Result<PublisherCore*> Topics::publish(std::string_view topic, std::uint64_t type_id,
                                       const Qos& qos) {
    if (const Result<void> checked = check(topic); !checked) return checked.error();
    if (const Result<void> checked = check(topic, qos); !checked) return checked.error();
    for (const auto& publisher : publishers_) {
        if (publisher->topic() != topic) continue;
        if (publisher->in_use())
            return Error{ErrorCode::InvalidArgument, 0,
                         "topic '" + std::string(topic) +
                             "' has a publisher in this node already; a second one would mix two "
                             "sequences: publish through the first"};
        if (publisher->type_id() != type_id) continue;
        publisher->set_in_use(true, qos);
        on_change();
        return publisher.get();
    }
    if (publishers_.size() >= context_.options.limits.topics_max) forget_publisher();
    publishers_.push_back(
        std::make_unique<PublisherCore>(context_, outbound_, peers_, membership_, topic, type_id,
                                        qos, forgotten_.first_sequence(topic_id(topic, type_id))));
    on_change();
    return publishers_.back().get();
}

void Topics::forget_publisher() {
    const auto unused = [](const auto& publisher) { return !publisher->in_use(); };
    auto which = std::find_if(publishers_.begin(), publishers_.end(), [&](const auto& publisher) {
        return unused(publisher) && publisher->is_settled();
    });
    if (which == publishers_.end())
        which = std::find_if(publishers_.begin(), publishers_.end(), unused);
    forgotten_.remember((*which)->id(), (*which)->newest() + 1);
    publishers_.erase(which);
}

Result<SubscriberCore*> Topics::subscribe(std::string_view topic, std::uint64_t type_id,
                                          const Qos& qos) {
    if (const Result<void> checked = check(topic); !checked) return checked.error();
    if (const Result<void> checked = check(topic, qos); !checked) return checked.error();
    auto subscriber = std::make_unique<SubscriberCore>(context_, topic, type_id, qos,
                                                       context_.options.limits.streams_max);
    if (!inbound_.add(*subscriber))
        return Error{ErrorCode::LimitReached, 0,
                     "topic '" + std::string(topic) + "' has " +
                         std::to_string(kSubscribersPerTopicMax) +
                         " subscribers in this node already; share one of them"};
    std::size_t count = 0;
    const std::array<Group, 2> wanted = groups(topic, count);
    membership_.want(std::span(wanted).first(count));
    subscribers_.push_back(std::move(subscriber));
    on_change();
    return subscribers_.back().get();
}

void Topics::release(PublisherCore& publisher) {
    publisher.set_in_use(false, publisher.qos());
    on_change();
}

void Topics::release(SubscriberCore& subscriber) {
    inbound_.remove(subscriber);
    std::size_t count = 0;
    const std::array<Group, 2> wanted = groups(subscriber.topic(), count);
    membership_.unwant(std::span(wanted).first(count));
    std::erase_if(subscribers_, [&](const auto& s) { return s.get() == &subscriber; });
    on_change();
}

std::array<Group, 2> Topics::groups(std::string_view topic, std::size_t& count) const {
    const NodeOptions& options = context_.options;
    std::array<Group, 2> groups;
    count = 0;
    if (options.ipv4)
        groups[count++] = topic_group(options.domain, topic, Family::Ipv4, options.port);
    if (options.ipv6)
        groups[count++] = topic_group(options.domain, topic, Family::Ipv6, options.port);
    return groups;
}

void Topics::on_change() {
    announced_.clear();
    count_reliable();
    for_each_publisher([&](const PublisherCore& publisher) {
        announce(publisher.topic(), publisher.type_id(), publisher.qos().delivery, true);
    });
    for_each_subscriber([&](const SubscriberCore& subscriber) {
        announce(subscriber.topic(), subscriber.type_id(), subscriber.qos().delivery, false);
    });
    ++revision_;
    const Instant now = context_.now();
    for (Link& link : membership_.links())
        if (link.attached) link.announcer.on_change(now);
}

void Topics::count_reliable() {
    context_.reliable_publishers = static_cast<std::size_t>(
        std::count_if(publishers_.begin(), publishers_.end(),
                      [](const auto& publisher) { return publisher->may_hold(); }));
}

void Topics::announce(std::string_view name, std::uint64_t type_id, Delivery delivery,
                      bool publishes) {
    // Publisher and subscriber of one topic share an entry.
    auto known = std::find_if(announced_.begin(), announced_.end(), [&](const auto& topic) {
        return topic.name == name && topic.type_id == type_id && topic.delivery == delivery;
    });
    if (known == announced_.end())
        known = announced_.insert(announced_.end(), {name, type_id, delivery, false, false});
    (publishes ? known->publishes : known->subscribes) = true;
}

bool Topics::anything_to_drain() const {
    return std::any_of(subscribers_.begin(), subscribers_.end(),
                       [](const auto& subscriber) { return !subscriber->empty(); });
}

void Topics::flush() {
    for (const auto& publisher : publishers_)
        publisher->flush();
}

void Topics::on_turn(Instant now) {
    count_reliable();
    for (const auto& publisher : publishers_)
        publisher->on_turn(now);
}

Instant Topics::deadline() const {
    Instant earliest = kNever;
    for (const auto& publisher : publishers_)
        earliest = std::min(earliest, publisher->deadline());
    return earliest;
}

void Topics::say_last() {
    for (const auto& publisher : publishers_)
        publisher->say_last();
}

PublisherCore* Topics::find_publisher(std::uint64_t id) const {
    for (const auto& publisher : publishers_)
        if (publisher->id() == id) return publisher.get();
    return nullptr;
}

}  // namespace mcast::detail
