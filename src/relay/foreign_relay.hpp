#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/sip_hash.hpp"
#include "contract/plain_sockets.hpp"
#include "mcast/interface.hpp"
#include "mcast/time.hpp"
#include "relay/election.hpp"
#include "relay/fingerprint_window.hpp"
#include "relay/foreign_links.hpp"
#include "relay/foreign_route.hpp"
#include "relay/pair_keys.hpp"
#include "relay/reply_table.hpp"
#include "relay/rule_set.hpp"

namespace mcast::relay {

// What a word of a ForeignRelay is about.
enum class ForeignWord : std::uint8_t {
    Note,   // something that people should know; not more than a few a second
    Storm,  // a breaker cut something off, or the storm is over
    Rule,   // what a `log` rule matched, as often as its rate allows
};

struct ForeignOptions {
    // For so long a datagram (source, ports, payload) is known again when it comes back from
    // elsewhere, or with another TTL.
    Duration window = std::chrono::seconds(2);
    // So soon nobody repeats himself: what is said again in the same place within it is a copy, and
    // nothing is sent twice to the same LAN within it, whoever says it.
    Duration echo = std::chrono::milliseconds(200);
    std::size_t fingerprints_max = 65536;  // remembered; older ones go, counted
    std::size_t replies_max = 256;         // ports lent at a time; likewise
    SipHash::Key key{};                    // random, or others can make collisions
    // Told a sentence at a time.
    std::function<void(ForeignWord, const std::string&)> say = [](ForeignWord, const std::string&) {
    };
};

// Of all routes.
struct ForeignTotals {
    std::size_t fingerprints = 0;
    std::uint64_t fingerprints_evicted = 0;
    std::size_t ports_lent = 0;
    std::uint64_t ports_taken_away = 0;
    std::uint64_t late_replies = 0;  // to a port whose term was over
    ForeignCounters gone;            // of routes that are no more
};

// Carries plain UDP of others between interfaces. No loop grows: a datagram that comes back is
// known, TTLs go down, and what comes too fast is cut off; see storm_breaker.hpp. It does nothing
// between calls, and allocates only when routes, interfaces or ports change.
class ForeignRelay {
public:
    // Without rules nothing is dropped by one; without an election this relay carries everything.
    ForeignRelay(ForeignOptions options, PlainSockets& sockets, RuleSet* rules,
                 const Election* election);

    // What is unchanged goes on undisturbed: sockets, counters, breakers.
    void set_routes(std::vector<ForeignRoute> routes);
    void set_rules(RuleSet* rules);
    void set_election(const Election* election) { election_ = election; }
    // Those between which is relayed, as they are now.
    void on_interfaces(std::span<const Interface> interfaces);

    // Receives, decides and sends; a bounded number of datagrams.
    void poll(Instant now);
    [[nodiscard]] Instant deadline() const { return next_timer_; }
    [[nodiscard]] int fd() const { return sockets_.capabilities().fd; }

    // What it carries now, for the election of others: ways that have their sockets.
    [[nodiscard]] std::vector<LinkKey> keys() const;
    // Whether they may be others since this was asked last.
    [[nodiscard]] bool take_ways_changed() { return std::exchange(ways_changed_, false); }
    [[nodiscard]] std::vector<ForeignStatus> status() const;
    [[nodiscard]] ForeignTotals totals() const;

private:
    static constexpr std::size_t kBatch = 64;
    static constexpr std::size_t kBatchesEachPoll = 16;
    static constexpr std::size_t kDepartures = 256;

    // A datagram that is to leave, and whose account it is on.
    struct Account {
        ForeignExit* exit = nullptr;
        bool reply = false;
    };
    struct Prints {
        Fingerprint content;  // destination and payload
        Fingerprint exact;    // and source
    };

    void run_timers(Instant now);
    void name_ways();
    void schedule(Instant when) { next_timer_ = std::min(next_timer_, when); }
    void carry(Instant now, ForeignListener& listener, const PlainArrival& arrival);
    [[nodiscard]] Prints prints_of(const ForeignListener& listener, const PlainArrival& arrival);
    [[nodiscard]] Fingerprint on(InterfaceIndex interface, const Fingerprint& content) const;
    // Nothing: it is not known.
    std::optional<ForeignFate> recognise(Instant now, const ForeignListener& listener,
                                         const PlainArrival& arrival, const Prints& prints);
    ForeignFate judge(Instant now, const ForeignListener& listener, ForeignExit& exit,
                      const PlainArrival& arrival, const Prints& prints);
    ForeignFate ask_rules(Instant now, const ForeignListener& listener, const ForeignExit& exit,
                          const PlainArrival& arrival);
    bool passes(Instant now, StormBreaker& breaker, const ForeignListener& listener,
                ForeignExit& exit);
    void depart(Instant now, const ForeignListener& listener, ForeignExit& exit,
                const PlainArrival& arrival, const Prints& prints);
    PlainSocketId port_for(Instant now, const ForeignListener& listener, ForeignExit& exit,
                           const PlainArrival& arrival);
    void bring_back(Instant now, const PlainArrival& arrival);
    void push(const PlainDeparture& departure, const Account& account);
    void flush();
    void note_copy(const ForeignListener& listener, const FingerprintWindow::Seen& seen,
                   const PlainArrival& arrival, const Prints& prints);
    void note_loop(Instant now, const ForeignListener& listener, const PlainArrival& arrival);
    void close_leases();
    [[nodiscard]] bool keeps_source(const ForeignRoute& route) const {
        return route.keep_source && sockets_.capabilities().keeps_source;
    }
    // A link-local address means somebody else on another link (RFC 4007, 9).
    [[nodiscard]] bool keeps_source(const ForeignRoute& route, const Endpoint& source) const {
        return keeps_source(route) &&
               !(source.address.family() == Family::Ipv6 && source.address.is_link_local());
    }
    [[nodiscard]] std::string way(const ForeignListener& listener, const ForeignExit& exit) const;

    ForeignOptions options_;
    PlainSockets& sockets_;
    RuleSet* rules_;
    const Election* election_;
    ForeignLinks links_;
    FingerprintWindow known_;  // exact; the mark: where and with what TTL
    FingerprintWindow sent_;   // content and interface; the mark: from whom, the note: from where
    ReplyTable replies_;
    std::array<PlainArrival, kBatch> arrivals_;
    std::array<PlainDeparture, kDepartures> departures_;
    std::array<Account, kDepartures> accounts_;
    std::size_t departure_count_ = 0;
    Instant next_timer_ = kNever;
    Instant next_loop_word_{};
    bool ways_changed_ = true;
    std::uint64_t loops_unsaid_ = 0;
    std::uint64_t late_replies_ = 0;
};

}  // namespace mcast::relay
