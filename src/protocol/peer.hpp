#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/fixed_string.hpp"
#include "mcast/options.hpp"
#include "mcast/peer.hpp"
#include "mcast/topic.hpp"
#include "protocol/limits.hpp"

namespace mcast::protocol {

// A way in which a peer has been heard; its opposite is how it is reached.
struct Path {
    InterfaceIndex interface;
    Way way = Way::Multicast;
    Endpoint source;        // the peer's unicast endpoint
    std::uint8_t cost = 0;  // of the interface; lower is better
    Instant heard_at{};
    std::uint8_t hops = 0;  // relays between; `source` is then the last one's
};

// A topic of a peer in one delivery; its name lies in the peer's name store.
struct TopicEntry {
    std::uint64_t id = 0;
    std::uint64_t type_id = 0;
    std::uint16_t name_offset = 0;
    std::uint8_t name_size = 0;
    Delivery delivery = Delivery::BestEffort;
    bool publishes = false;
    bool subscribes = false;
    std::uint32_t revision = 0;  // of the announcement that named it last

    [[nodiscard]] bool same_use(const TopicEntry& other) const {
        return publishes == other.publishes && subscribes == other.subscribes;
    }
};

// What one part of a peer's announcement says of its topics.
struct AnnouncedTopics {
    std::uint32_t revision = 0;
    std::uint16_t part = 0;
    std::uint16_t part_count = 1;
};

// Another node, as it has announced itself: who, how it is reached, what it publishes and
// subscribes to. Memory is taken when a place in the table is used for the first time, and stays
// with it.
class Peer {
public:
    explicit Peer(std::size_t topics_max);

    void begin(PeerId id, Instant now);

    [[nodiscard]] PeerId id() const { return id_; }
    [[nodiscard]] std::string_view name() const { return name_.view(); }
    void set_name(std::string_view name) { name_.assign(name); }
    [[nodiscard]] PeerState state() const { return state_; }
    void set_state(PeerState state) { state_ = state; }
    [[nodiscard]] Instant up_since() const { return up_since_; }
    [[nodiscard]] Instant heard_at() const { return heard_at_; }
    void on_heard(Instant now) { heard_at_ = now; }
    [[nodiscard]] Duration interval() const { return interval_; }
    void set_interval(Duration interval);
    [[nodiscard]] Duration round_trip() const { return round_trip_; }
    void set_round_trip(Duration round_trip) { round_trip_ = round_trip; }

    // Whether we have announced ourselves since it appeared: before, it drops our data as unknown.
    [[nodiscard]] bool knows_us() const { return knows_us_; }
    void set_knows_us() { knows_us_ = true; }

    // When it counts as silent, and when as down, if it is not heard before.
    [[nodiscard]] Instant silent_at() const;
    [[nodiscard]] Instant down_at() const;

    // Heard this way; true if that changes how the peer may be reached. When there are too many,
    // the most expensive is left out.
    bool on_path(const Path& path);
    // Forgets ways that were not heard for a while, or all of an interface; true if some went.
    bool expire_paths(Instant now);
    bool drop_interface(InterfaceIndex interface);
    // Forgets ways through a relay that is gone, whose endpoint this was; true if some went.
    bool drop_relay(const Endpoint& relay);
    // Whether it has announced itself from this address lately, on whichever of its interfaces:
    // several may be on one network of ours, and then a path names only one of them.
    [[nodiscard]] bool speaks_from(const Address& address) const;
    [[nodiscard]] std::span<const Path> paths() const { return {paths_.data(), path_count_}; }
    // The cheapest way that works; null: none. Stays with the last choice among equals.
    [[nodiscard]] const Path* active_path() const;

    [[nodiscard]] std::span<const TopicEntry> topics() const { return topics_; }
    [[nodiscard]] std::string_view topic_name(const TopicEntry& topic) const {
        return {names_.get() + topic.name_offset, topic.name_size};
    }
    [[nodiscard]] const TopicEntry* find_topic(std::uint64_t id) const;

    // Takes in one topic of an announcement. `entry`: id, type, delivery and direction.
    enum class TopicChange : std::uint8_t { None, Changed, NoRoom };
    TopicChange on_topic(TopicEntry entry, std::string_view name, std::uint32_t revision);
    // All topics of a part have been taken in; once all parts of the revision have, those that it
    // no longer names are dropped: true if some were.
    bool on_topics_end(const AnnouncedTopics& announced);
    // Whether this part has been taken in already.
    [[nodiscard]] bool knows(const AnnouncedTopics& announced) const;

private:
    [[nodiscard]] bool store_name(TopicEntry& entry, std::string_view name);
    void compact_names();
    template <typename IsGone>
    bool drop_paths(IsGone&& is_gone);
    void choose_path();
    [[nodiscard]] Duration patience() const;
    void note_address(const Address& address);

    PeerId id_;
    FixedString<kPeerNameMax> name_;
    PeerState state_ = PeerState::Unknown;
    Instant up_since_{};
    Instant heard_at_{};
    Duration interval_{};
    Duration round_trip_{};
    bool knows_us_ = false;

    std::array<Path, kPathsPerPeerMax> paths_{};
    std::size_t path_count_ = 0;
    std::size_t active_ = 0;
    std::array<Address, kAddressesPerPeerMax> addresses_{};
    std::size_t address_count_ = 0;  // ever noted; beyond the maximum the oldest goes

    std::size_t topics_max_;
    std::vector<TopicEntry> topics_;
    std::unique_ptr<char[]> names_;  // not zeroed: what is never used takes none
    std::size_t names_used_ = 0;
    std::uint32_t revision_ = 0;
    std::uint64_t parts_seen_ = 0;  // bit i: part i of revision_
};

}  // namespace mcast::protocol
