#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/flat_map.hpp"
#include "base/random.hpp"
#include "mcast/address.hpp"
#include "mcast/time.hpp"
#include "transports/dpdk/address_hash.hpp"
#include "transports/dpdk/control_frame.hpp"
#include "transports/dpdk/frame_parser.hpp"
#include "transports/dpdk/membership_query.hpp"

namespace mcast::dpdk {

class ReportWriter;

// Sources of one query that are remembered until it is answered; beyond them the whole group is
// answered for, which says more than was asked and never less.
inline constexpr std::size_t kQuerySourcesMax = 16;
// A group is answered for at most so often, however often it is asked for.
inline constexpr Duration kResponseGapMin = std::chrono::milliseconds(100);
// General queries within this of one that wanted an answer as soon change nothing.
inline constexpr Duration kGeneralQueryGapMin = std::chrono::milliseconds(10);
// How long the queries of an old querier can keep us in its version, whatever interval is claimed.
inline constexpr Duration kOldQuerierMax = std::chrono::hours(1);
// RFC 3376, 8.1, 8.2; RFC 3810, 9.1, 9.2: until a querier says otherwise. At least 2 reports are
// sent even if it says 1, since one alone may be lost.
inline constexpr std::uint8_t kRobustnessDefault = 2;
inline constexpr Duration kQueryIntervalDefault = std::chrono::seconds(125);
// Between the repetitions of what was not asked for, at most (RFC 3376, 8.11; RFC 2236, 8.10).
inline constexpr Duration kUnsolicitedInterval = std::chrono::seconds(1);
inline constexpr Duration kUnsolicitedIntervalOld = std::chrono::seconds(10);

struct MembershipOptions {
    Family family = Family::Ipv4;
    std::size_t group_max = 256;
    // Which versions are spoken, by the oldest querier heard of late. The same twice: only this
    // one.
    MembershipVersion oldest = MembershipVersion::One;
    MembershipVersion newest = MembershipVersion::Three;
};

struct MembershipCounters {
    std::uint64_t queries = 0;       // taken as they should be
    std::uint64_t reports_sent = 0;  // frames
    std::uint64_t leaves_sent = 0;   // frames of versions 1 and 2; in version 3 they are reports
    std::uint64_t reports_suppressed = 0;  // somebody else had answered (versions 1 and 2)
    std::array<std::uint64_t, kQueryFaultCount> queries_refused{};  // by QueryFault
};

// The host's side of IGMPv1–3 (RFC 1112, 2236, 3376) or MLDv1–2 (RFC 2710, 3810) on one link: tells
// switches and routers which groups are wanted here, from any source.
//
//   none ──join──► Member: reports at once, again at random until robustness is reached
//   Member ──query──► Member, one answer within the time that the querier gives
//   Member ──last leave──► Leaving: says so, again at random (version 2: once) ──► none
//   Leaving ──join──► Member
//
// The version is the oldest heard within the old querier's timeout; when it changes, whatever was
// pending is dropped, and the query that changed it is answered. Without a clock or a socket: what
// is due is written when asked for, frame by frame, so nothing is lost while no buffer is free.
class GroupMembership {
public:
    GroupMembership(const Station& station, const MembershipOptions& options);

    // Our address on the link: link-local for MLD. Until it is known reports come from the
    // unspecified address, which switches understand and routers do not (RFC 3590, RFC
    // 3376 4.2.13).
    void set_source(const Address& source) { source_ = source; }

    // A group is wanted once more, or once less. False: there is no room for another group. Groups
    // that are never reported (224.0.0.1, ff02::1, scopes of less than a link) take no room.
    bool join(Instant now, const Address& group);
    void leave(Instant now, const Address& group);
    // Nothing is sent while the link is down. When it is up (again) all groups are reported anew.
    void on_link(Instant now, bool up);
    // Any frame that was parsed; only queries and reports are looked at.
    void on_frame(Instant now, const ParsedFrame& frame, Random& random);

    [[nodiscard]] Instant deadline() const { return up_ ? next_ : kNever; }
    // Writes one frame that is due into `frame` (kControlFrameMin at least, at most what the link
    // allows) and returns its size; 0: nothing is due. Call until it is 0.
    std::size_t write_due(Instant now, std::span<std::byte> frame, Random& random);

    [[nodiscard]] MembershipVersion version(Instant now) const;
    [[nodiscard]] std::size_t group_count() const { return members_.size(); }  // leaving ones too
    [[nodiscard]] const MembershipCounters& counters() const { return counters_; }

private:
    struct Member {
        Address group;
        std::uint32_t users = 0;  // 0: leaving
        std::uint8_t changes_left = 0;
        std::uint8_t source_count = 0;  // of the pending answer; 0: it is for the whole group
        Instant change_at = kNever;
        Instant response_at = kNever;
        Instant answered_at = Instant::min();
        std::array<Address, kQuerySourcesMax> sources{};
    };
    enum class Sweep : std::uint8_t { Changes, Responses };

    Member* find(const Address& group);
    Member* add(const Address& group);
    void erase(std::size_t index);
    void start_change(Instant now, Member& member);
    void end_change(Instant now, Member& member, Random& random);
    void schedule(Instant at) { next_ = at < next_ ? at : next_; }
    void follow_version(Instant now);
    void learn_from(Instant now, const MembershipQuery& query);
    QueryFault on_query(Instant now, const MembershipQuery& query, Random& random);
    bool is_repetition(Instant now, const MembershipQuery& query);
    void ask(Instant at, Member& member, const MembershipQuery& query);
    void on_report(const ParsedFrame& frame);
    std::size_t write_records(Instant now, std::span<std::byte> frame, Random& random);
    bool add_record(Instant now, Member& member, ReportWriter& report) const;
    std::size_t write_old(Instant now, std::span<std::byte> frame, Random& random);
    void settle();

    Station station_;
    MembershipOptions options_;
    Address source_;
    bool up_ = true;
    MembershipVersion version_;
    Instant version_one_until_ = Instant::min();
    Instant version_two_until_ = Instant::min();
    std::uint8_t robustness_ = kRobustnessDefault;
    Duration query_interval_ = kQueryIntervalDefault;
    Instant general_at_ = kNever;  // version 3: one answer for all groups
    Instant general_answered_at_ = Instant::min();
    Instant general_heard_at_ = Instant::min();
    Duration general_response_max_{};
    std::vector<Member> members_;
    FlatMap<Address, std::uint32_t, AddressHash> index_;
    Instant next_ = kNever;
    std::size_t cursor_ = 0;  // how far write_due() has come through the members
    Sweep sweep_ = Sweep::Changes;
    MembershipCounters counters_;
};

}  // namespace mcast::dpdk
