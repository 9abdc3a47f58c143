#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/token_bucket.hpp"
#include "node/control_sender.hpp"
#include "node/inbound.hpp"
#include "node/membership.hpp"
#include "node/static_peers.hpp"
#include "node/topics.hpp"
#include "protocol/peer_table.hpp"
#include "wire/control.hpp"

namespace mcast::detail {

// Finds the other nodes and keeps track of them: sends our announcements when each link's
// announcer says so, takes in those of others, tells events.
class Discovery {
public:
    Discovery(Context& context, Outbound& outbound, Membership& membership, Topics& topics,
              Inbound& inbound, protocol::PeerTable& peers, StaticPeers static_peers);

    // A datagram of a control kind. True: an announcement that was taken in.
    bool on_control(Instant now, const wire::ParsedHeader& parsed, const Datagram& datagram);
    // Data came from somebody who has not announced itself.
    void on_stranger(Instant now, const Datagram& datagram);
    // Something came from a known peer.
    void on_sign_of_life(Instant now, protocol::Peer& peer);
    // Links came or went: paths on those that are gone end.
    void on_links_changed();
    // Our own topics changed: looks for peers that use them otherwise.
    void on_topic_added(std::string_view topic);

    void on_deadline(Instant now);
    [[nodiscard]] Instant deadline() const;

    std::uint64_t ping(const protocol::Peer& peer);
    void say_bye();
    // Where announcements on the link go; valid until the next call.
    std::span<const Target> announce_targets(const Link& link);
    [[nodiscard]] const StaticPeers& static_peers() const { return static_peers_; }

private:
    void announce(Instant now, Link& link);
    std::size_t send_announcement(const Link& link, const wire::Announcement& announcement);
    void add_target(const Link& link, const Endpoint& destination, Way way);
    void refresh_population();

    bool on_announce(Instant now, const wire::Header& header, const Datagram& datagram,
                     std::span<const std::byte> frame);
    protocol::Peer* find_or_add(Instant now, PeerId id);
    bool take_in_topics(Instant now, protocol::Peer& peer, const wire::Announcement& announcement);
    void on_bye(Instant now, PeerId id, const Datagram& datagram, std::span<const std::byte> frame);
    void on_ping(Instant now, PeerId peer, const Datagram& datagram,
                 std::span<const std::byte> frame);
    void on_pong(Instant now, protocol::Peer& peer, std::span<const std::byte> frame);
    void peer_down(Instant now, protocol::Peer& peer, std::string_view why, bool forever);
    void check_topic(Instant now, const protocol::Peer& peer, const protocol::TopicEntry& topic);
    void report_mismatch(Instant now, const protocol::Peer& peer,
                         const protocol::TopicEntry& theirs, std::uint64_t our_type,
                         Delivery our_delivery, bool we_publish);
    void report(Instant now, EventKind kind, const protocol::Peer& peer, std::string_view text);

    Context& context_;
    Outbound& outbound_;
    Membership& membership_;
    Topics& topics_;
    Inbound& inbound_;
    protocol::PeerTable& peers_;
    StaticPeers static_peers_;
    ControlSender control_;
    std::vector<Target> targets_;        // scratch, capacity taken at construction
    wire::TopicRoom topic_room_;         // scratch
    std::size_t announcement_size_ = 0;  // bytes of the latest, all its parts
    TokenBucket pongs_;
    TokenBucket mismatch_logs_;
    struct SentPing {
        std::uint64_t token = 0;
        PeerId peer;
        Instant at{};
    };
    std::array<SentPing, 64> pings_{};  // by token; older ones are not awaited any more
    std::uint64_t next_token_ = 1;
    std::uint64_t topology_ = 0;  // for which the announcers know their population
};

}  // namespace mcast::detail
