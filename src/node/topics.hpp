#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "node/forgotten_topics.hpp"
#include "node/inbound.hpp"
#include "node/membership.hpp"
#include "node/publisher_core.hpp"
#include "node/subscriber_core.hpp"
#include "wire/control.hpp"

namespace mcast::detail {

// What this node publishes and subscribes to.
class Topics {
public:
    Topics(Context& context, Outbound& outbound, Inbound& inbound, Membership& membership,
           const protocol::PeerTable& peers);

    // An error says what is wrong with the name, the topic or the limit.
    Result<PublisherCore*> publish(std::string_view topic, std::uint64_t type_id, const Qos& qos);
    Result<SubscriberCore*> subscribe(std::string_view topic, std::uint64_t type_id,
                                      const Qos& qos);
    void release(PublisherCore& publisher);
    void release(SubscriberCore& subscriber);

    // Changes with every change of the above; never 0.
    [[nodiscard]] std::uint32_t revision() const { return revision_; }
    // All topics in use, as they are announced; views live until the next change.
    [[nodiscard]] std::span<const wire::AnnouncedTopic> announced() const { return announced_; }
    [[nodiscard]] std::size_t in_use() const;
    [[nodiscard]] bool anything_to_drain() const;
    void flush();
    // Reliable topics: repairs, heartbeats, patience; also of those that were dropped, until
    // everybody has what they sent.
    void on_turn(Instant now);
    [[nodiscard]] Instant deadline() const;
    // Tells where reliable streams end, before the node says bye.
    void say_last();
    // In use or not; null: there is none.
    [[nodiscard]] PublisherCore* find_publisher(std::uint64_t id) const;

    template <typename Handler>
    void for_each_publisher(Handler&& handler) const {
        for (const auto& publisher : publishers_)
            if (publisher->in_use()) handler(*publisher);
    }
    template <typename Handler>
    void for_each_subscriber(Handler&& handler) const {
        for (const auto& subscriber : subscribers_)
            handler(*subscriber);
    }

private:
    [[nodiscard]] Result<void> check(std::string_view topic) const;
    [[nodiscard]] static Result<void> check(std::string_view topic, const Qos& qos);
    [[nodiscard]] std::array<Group, 2> groups(std::string_view topic, std::size_t& count) const;
    void announce(std::string_view name, std::uint64_t type_id, Delivery delivery, bool publishes);
    void on_change();
    void count_reliable();
    // One that is not in use makes room, of those that all have everything of if there is one; the
    // oldest first.
    void forget_publisher();

    Context& context_;
    Outbound& outbound_;
    Inbound& inbound_;
    Membership& membership_;
    const protocol::PeerTable& peers_;
    // A publisher that was dropped stays, unused, so that its sequence goes on if it comes back.
    std::vector<std::unique_ptr<PublisherCore>> publishers_;
    ForgottenTopics forgotten_;
    std::vector<std::unique_ptr<SubscriberCore>> subscribers_;
    std::vector<wire::AnnouncedTopic> announced_;
    std::uint32_t revision_ = 1;
};

}  // namespace mcast::detail
