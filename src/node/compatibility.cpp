// Whether peers use a topic as we do: the part of discovery that says why two sides with the same
// topic name do not hear each other.
#include <cstdio>

#include "mcast/topic.hpp"
#include "node/discovery.hpp"

namespace mcast::detail {

namespace {

std::string describe(std::uint64_t type_id, Delivery delivery) {
    char text[64];
    std::snprintf(text, sizeof text, "type @0x%016llx, %s",
                  static_cast<unsigned long long>(type_id),
                  std::string(to_string(delivery)).c_str());
    return text;
}

}  // namespace

void Discovery::on_topic_added(std::string_view topic) {
    const Instant now = context_.now();
    peers_.for_each([&](const protocol::Peer& peer) {
        for (const protocol::TopicEntry& entry : peer.topics())
            if (peer.topic_name(entry) == topic) check_topic(now, peer, entry);
    });
}

void Discovery::check_topic(Instant now, const protocol::Peer& peer,
                            const protocol::TopicEntry& topic) {
    const std::string_view name = peer.topic_name(topic);
    if (topic.subscribes)
        topics_.for_each_publisher([&](const PublisherCore& ours) {
            if (ours.topic() == name)
                report_mismatch(now, peer, topic, ours.type_id(), ours.qos().delivery, true);
        });
    if (topic.publishes)
        topics_.for_each_subscriber([&](const SubscriberCore& ours) {
            if (ours.topic() == name)
                report_mismatch(now, peer, topic, ours.type_id(), ours.qos().delivery, false);
        });
}

void Discovery::report_mismatch(Instant now, const protocol::Peer& peer,
                                const protocol::TopicEntry& theirs, std::uint64_t our_type,
                                Delivery our_delivery, bool we_publish) {
    // Who takes any type is a tool that takes whatever there is.
    const std::uint64_t subscribed = we_publish ? theirs.type_id : our_type;
    if (subscribed == kAnyType) return;
    const bool type_differs = theirs.type_id != our_type;
    if (!type_differs && theirs.delivery == our_delivery) return;
    const std::string_view name = peer.topic_name(theirs);
    const std::string text =
        "topic '" + std::string(name) + "': we " + (we_publish ? "publish " : "subscribe to ") +
        describe(our_type, our_delivery) + "; peer '" + std::string(peer.name()) + "' " +
        (we_publish ? "subscribes to " : "publishes ") + describe(theirs.type_id, theirs.delivery);
    EventRecord record;
    record.event.kind = type_differs ? EventKind::TypeMismatch : EventKind::DeliveryMismatch;
    record.event.at = now;
    record.event.peer = peer.id();
    record.peer_name.assign(peer.name());
    record.topic.assign(name);
    record.text.assign(text);
    context_.events.push(record);
    // The event comes every time; a peer that changes its mind for ever must not fill the log.
    if (mismatch_logs_.take(now.time_since_epoch().count())) context_.log(LogLevel::Warning, text);
}

}  // namespace mcast::detail
