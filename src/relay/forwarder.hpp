#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/token_bucket.hpp"
#include "node/carrier.hpp"
#include "node/node_core.hpp"
#include "relay/announcement_book.hpp"
#include "relay/election.hpp"
#include "relay/flow_table.hpp"
#include "relay/hello_sender.hpp"
#include "relay/latency_histogram.hpp"
#include "relay/origins.hpp"
#include "relay/pair_keys.hpp"
#include "relay/repair_store.hpp"
#include "relay/route_stats.hpp"
#include "relay/rule_set.hpp"
#include "relay/topic_groups.hpp"

namespace mcast::relay {

struct ForwarderOptions {
    std::uint8_t hops_max = 8;        // relays that a datagram may pass
    std::uint32_t flows_max = 4096;   // streams that are carried
    std::uint32_t held_max = 1024;    // datagrams that are held for repair, of all streams
    std::uint32_t groups_max = 1024;  // groups of topics that are joined
    // Also carry back to where something came from, for networks that keep their clients apart
    // (R3: access points with client isolation); InterfaceSelection, empty: nowhere.
    std::vector<std::string> reflect{};
    bool carries = true;  // false: only talks to the other relays
    // Told what a `log` rule matched, as often as its rate allows; none: the node's log is.
    std::function<void(const std::string&)> on_rule{};
};

// Carries the datagrams of a domain from one interface to the others, as they are but for the
// number of hops: whoever a peer behind the relay is to the others, it stays. A datagram goes where
// somebody subscribes, in the receive buffer in which it came.
//
// No loop: it is taken only as it comes straight from its origin's side (the way on which its
// announcements come with the fewest hops), only where its origin is not heard as near already, and
// only while no other relay with a lower identity carries between the same two networks.
class Forwarder final : public detail::Carrier {
public:
    // `node` is the one that this is the carrier of.
    Forwarder(detail::NodeCore& node, const ForwarderOptions& options, InterfaceSelection reflect);

    bool on_control(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram) override;
    void on_announced(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram) override;
    void on_stream(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                   const protocol::Peer& peer) override;
    void on_turn(Instant now) override;
    [[nodiscard]] Instant deadline() const override;

    // From now on these decide, and outlive this, or the next call. Relays agree on one only among
    // those whose rules say the same, and one that carries nothing stands in nobody's way.
    void set_rules(RuleSet& rules);
    // Other limits and interfaces from now on.
    void set_ways(std::uint8_t hops_max, InterfaceSelection reflect);
    // Topics that are not carried since their groups are too many to join.
    [[nodiscard]] std::size_t topics_left_out() const { return groups_.beyond_limit(); }
    // Of one that does not carry: what else its daemon does, for the others to agree on.
    void set_keys(std::vector<LinkKey> keys) { hello_.set_keys(std::move(keys)); }

    // Notes all announcements there from now on, and takes in those that are noted: a relay that is
    // started again knows at once whom it carried for. After set_rules(); must outlive this.
    void use_book(Instant now, AnnouncementBook& book);

    // Gives up what it could do without, in this order: datagrams that are held for repair, copies
    // of announcements, flows that were idle for some seconds; counted. For a while nothing is
    // held.
    void shed(Instant now);
    struct Shed {
        std::uint64_t held = 0;
        std::uint64_t announcements = 0;
        std::uint64_t flows = 0;
    };
    [[nodiscard]] const Shed& shed() const { return shed_; }

    [[nodiscard]] const Election& election() const { return election_; }
    [[nodiscard]] const RouteStats& routes() const { return stats_; }
    [[nodiscard]] const FlowTable& flows() const { return flows_; }
    // The relay that carries the domain from one interface to the other instead; 0: this one.
    [[nodiscard]] PeerId carrier(InterfaceIndex from, InterfaceIndex to) const {
        return election_.elected(from, to, keys_.key(from, to, false));
    }
    [[nodiscard]] const LatencyHistogram& latency() const { return latency_; }
    [[nodiscard]] std::size_t held() const { return store_.size(); }

private:
    // One end of a way: the LAN of an interface, or what lies beyond a router on it.
    struct Side {
        InterfaceIndex interface;
        bool remote = false;

        friend bool operator==(const Side&, const Side&) = default;
    };
    // Whether something of `origin` may go from one side to the other, as far as relays are
    // concerned; otherwise why not.
    [[nodiscard]] std::optional<CarryDrop> obstacle(const protocol::Peer& origin, const Side& from,
                                                    const Side& to) const;
    [[nodiscard]] Side side_of(InterfaceIndex interface, Way way, const Endpoint& endpoint) const;
    // Whether another node of this machine is on that interface.
    [[nodiscard]] bool has_local_peer(const detail::Link& link) const;
    [[nodiscard]] bool reflects(InterfaceIndex interface) const;
    [[nodiscard]] bool comes_straight(const protocol::Peer& origin, const Datagram& datagram,
                                      std::uint8_t hops) const;
    [[nodiscard]] PeerId relay_at(const protocol::Path& path) const;
    [[nodiscard]] bool is_own(const Datagram& datagram) const;

    void carry(Instant now, const wire::Header& header, Datagram& datagram,
               const protocol::Peer& peer);
    void send_all(Instant now, Flow& flow, Datagram& datagram);
    void send(Instant now, Flow& flow, Output& output, const Buffer& buffer);
    // False: neither sent nor waiting.
    bool push(Flow& flow, Output& output, const Buffer& buffer);
    void push_waiting();
    void on_topology();
    void look_at_keys();
    void carry_heartbeat(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                         const protocol::Peer& peer);
    void on_taken(const wire::Header& header, Datagram& datagram);

    void look_again(Flow& flow, const Datagram& datagram, const protocol::Peer& peer,
                    std::uint8_t hops);
    void add_output(Flow& flow, const protocol::Peer& origin, const protocol::Peer& listener,
                    const Side& from, Passage& passage);
    [[nodiscard]] Passage passage_of(const protocol::Peer& origin, const Datagram& datagram) const;
    // As one of the two calls it: not every peer has announced all its topics; or empty.
    [[nodiscard]] std::string_view topic_name(std::uint64_t topic, const protocol::Peer& origin,
                                              const protocol::Peer& listener) const;

    void carry_to_all(Instant now, const wire::Header& header, Datagram& datagram,
                      const protocol::Peer& origin);
    void carry_to_link(Instant now, const detail::Link& link, const Side& from,
                       const Datagram& datagram, const protocol::Peer& origin);
    void pass_on(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                 const protocol::Peer& origin);
    // Where one datagram for a receiver went, or was refused to go.
    struct Ways {
        static constexpr std::size_t kMax = 8;
        std::array<detail::Target, kMax> targets{};
        std::size_t count = 0;
    };
    void pass_to(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                 const protocol::Peer& origin, const protocol::Peer& receiver, Ways& ways);
    bool repair(Instant now, const wire::ParsedHeader& parsed, Datagram& datagram,
                const protocol::Peer& asker);
    [[nodiscard]] Buffer repair_of(const Buffer& held);
    void push_to(std::uint32_t route, const Buffer& buffer, const detail::Target& target);
    // Why the rules do not let it pass now; counts what they decide.
    [[nodiscard]] std::optional<CarryDrop> ask_rules(Instant now, const Passage& passage);
    void note(Instant now, const wire::ParsedHeader& parsed, const Datagram& datagram);
    void on_hello(Instant now, const wire::ParsedHeader& parsed, const Datagram& datagram);
    void on_relays_gone(Instant now, std::span<const Election::Presence> gone);
    // Whether the path leads through one of these.
    [[nodiscard]] bool leads_through(const protocol::Path& path,
                                     std::span<const Election::Presence> relays) const;
    // Writes what a `log` rule matched, as often as its rate allows; kNoRule: nothing.
    void log_passage(Instant now, std::uint32_t log_rule, const Passage& passage,
                     std::string_view fate);
    void log_flow(Instant now, std::uint32_t log_rule, const Flow& flow, std::string_view fate);

    detail::NodeCore& node_;
    detail::Context& context_;
    ForwarderOptions options_;
    InterfaceSelection reflect_;
    RuleSet* rules_ = nullptr;
    AnnouncementBook* book_ = nullptr;
    std::uint64_t changes_ = 1;
    std::uint64_t epoch_ = 0;  // of context_.topology and changes_ together

    PairKeys keys_;
    Election election_;
    HelloSender hello_;
    Origins origins_;
    RouteStats stats_;
    FlowTable flows_;
    RepairStore store_;
    TopicGroups groups_;
    bool told_left_out_ = false;
    LatencyHistogram latency_;
    TokenBucket repairs_;  // what spoofed requests can make this relay send
    wire::RangeRoom range_room_{};
    bool may_hold_ = true;
    Instant hold_again_at_{};
    Shed shed_;
    WallTime oldest_taken_{};  // arrival of the first datagram of this turn that was carried
    std::vector<InterfaceIndex> reflecting_;
    std::vector<std::uint32_t> waiting_;  // flows of which an output has something waiting
    std::vector<std::uint32_t> woken_;    // scratch
};

}  // namespace mcast::relay
