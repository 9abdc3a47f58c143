#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/flat_map.hpp"
#include "base/ring.hpp"
#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/time.hpp"
#include "transports/dpdk/address_hash.hpp"
#include "transports/dpdk/control_frame.hpp"
#include "transports/dpdk/neighbour_message.hpp"

namespace mcast::dpdk {

inline constexpr std::size_t kOwnAddressesMax = 16;
// Answers that wait for a buffer to be written into.
inline constexpr std::size_t kAnswersMax = 32;
// A MAC is asked for so often, so far apart (RFC 4861, 10: MAX_MULTICAST_SOLICIT, RetransTimer).
inline constexpr std::uint8_t kAskCount = 3;
inline constexpr Duration kAskInterval = std::chrono::seconds(1);
// Who has not answered is not asked again within this.
inline constexpr Duration kUnreachableHold = std::chrono::seconds(3);
// What was heard is good for so long (RFC 4861, 10: REACHABLE_TIME); then it is confirmed when
// used.
inline constexpr Duration kReachableTime = std::chrono::seconds(30);
// A neighbour that was sent to within this does not make room for one that merely sent to us.
inline constexpr Duration kInUseTime = std::chrono::minutes(1);
// RFC 5227, 1.1: ANNOUNCE_NUM, ANNOUNCE_INTERVAL, DEFEND_INTERVAL.
inline constexpr std::uint8_t kNeighbourAnnouncements = 2;
inline constexpr Duration kNeighbourAnnounceInterval = std::chrono::seconds(2);
inline constexpr Duration kDefendInterval = std::chrono::seconds(10);

struct Lookup {
    enum class Outcome : std::uint8_t {
        Known,        // send it to `mac`
        Asked,        // not known yet; write_due() asks for it: keep the datagram or drop it
        Unreachable,  // nobody answers, or there is no way to it
    };
    Outcome outcome = Outcome::Unreachable;
    MacAddress mac;
};

struct NeighbourCounters {
    std::uint64_t questions_sent = 0;
    std::uint64_t answers_sent = 0;
    std::uint64_t announcements_sent = 0;
    std::uint64_t answers_dropped = 0;    // kAnswersMax waited already
    std::uint64_t unreachable = 0;        // did not answer kAskCount times
    std::uint64_t evicted = 0;            // made room for another
    std::uint64_t refused_full = 0;       // not learned: all others are in use
    std::uint64_t changes_ignored = 0;    // datagrams from another MAC than the neighbour's
    std::uint64_t address_conflicts = 0;  // somebody else claims our address
    std::array<std::uint64_t, kNeighbourFaultCount> messages_refused{};  // by NeighbourFault
};

// Who is at which MAC on one link, in both families; answers for our own addresses.
//
//   none ──lookup──► asking ──answer──► reachable ──kReachableTime──► stale ──lookup──► confirming
//   asking ──no answer──► unreachable for kUnreachableHold, then none
//   confirming ──answer, or a datagram from it──► reachable;  ──no answer──► none
//   none ──a question to us, or a datagram from it──► reachable or stale
//
// Stale and confirming neighbours are Known: what is sent meanwhile most likely arrives. When there
// is no room, who was not sent to for longest makes it; static neighbours never do.
class Neighbours {
public:
    Neighbours(const Station& station, std::size_t capacity);

    // Ours, with their prefixes; new ones are announced. The first kOwnAddressesMax count.
    void set_addresses(Instant now, std::span<const InterfaceAddress> addresses);
    // Where what is on no prefix of ours goes; an unspecified one: nowhere.
    void set_gateway(const Address& gateway);
    // A neighbour that is not asked for and never forgotten. False: there is no room.
    bool add_static(Instant now, const Address& address, const MacAddress& mac);
    // Nothing is sent while the link is down; when it is up (again), we announce ourselves and
    // confirm whom we know.
    void on_link(Instant now, bool up);

    // Any frame that was parsed; only ARP and neighbour discovery are looked at.
    void on_frame(Instant now, const ParsedFrame& frame);
    // A datagram came from this address through this MAC. Cheap if that is known already. Never
    // moves a neighbour that was confirmed of late: anybody can send datagrams in its name.
    void learn(Instant now, const Address& address, const MacAddress& mac);
    // Where a unicast datagram goes.
    [[nodiscard]] Lookup lookup(Instant now, const Address& destination);
    // Where it goes if somebody else asks for it: its MAC while that is known for certain, or zero.
    [[nodiscard]] MacAddress heard(Instant now, const Address& destination);
    [[nodiscard]] bool is_ours(const Address& address) const;

    [[nodiscard]] Instant deadline() const { return up_ ? next_ : kNever; }
    // Writes one frame that is due into `frame` (kControlFrameMin at least) and returns its size;
    // 0: nothing is due. Call until it is 0.
    std::size_t write_due(Instant now, std::span<std::byte> frame);

    [[nodiscard]] std::size_t size() const { return neighbours_.size(); }
    [[nodiscard]] const NeighbourCounters& counters() const { return counters_; }

private:
    struct Own {
        InterfaceAddress address;
        std::uint8_t announcements_left = 0;
        Instant announce_at = kNever;
        Instant defended_at = Instant::min();
    };
    struct Neighbour {
        Address address;
        MacAddress mac;  // zero: not known
        bool is_static = false;
        std::uint8_t asks_left = 0;
        Instant ask_at = kNever;  // kNever: nothing is asked
        Instant confirmed_at = Instant::min();
        Instant used_at = Instant::min();
        Instant unreachable_until = Instant::min();
    };

    [[nodiscard]] static bool is_fresh(Instant now, const Neighbour* neighbour);
    Neighbour* find(const Address& address);
    Neighbour* add(Instant now, const Address& address, bool for_use);
    Neighbour* make_room(Instant now, bool for_use);
    void confirm(Instant now, Neighbour& neighbour, const MacAddress& mac, bool reachable);
    void ask(Instant now, Neighbour& neighbour);
    void on_question(Instant now, const ParsedFrame& frame, const NeighbourMessage& message);
    void on_answer(Instant now, const NeighbourMessage& message);
    bool defend(Instant now, const NeighbourMessage& message);
    [[nodiscard]] Own* own(const Address& address);
    [[nodiscard]] bool is_on_link(const Address& address) const;
    [[nodiscard]] const Own* speaker_to(const Address& address) const;
    std::size_t write_announcement(Instant now, std::span<std::byte> frame);
    std::size_t write_ask(Instant now, std::span<std::byte> frame);
    void schedule(Instant at) { next_ = at < next_ ? at : next_; }
    void settle(Instant now);

    Station station_;
    bool up_ = true;
    std::array<Own, kOwnAddressesMax> own_;
    std::size_t own_count_ = 0;
    Address gateway4_;
    Address gateway6_;
    std::size_t capacity_;
    std::vector<Neighbour> neighbours_;
    FlatMap<Address, std::uint32_t, AddressHash> index_;
    std::size_t hand_ = 0;    // where make_room() looks next
    std::size_t cursor_ = 0;  // how far write_due() has come through the neighbours
    Ring<NeighbourAnswer> answers_;
    Instant next_ = kNever;
    NeighbourCounters counters_;
};

}  // namespace mcast::dpdk
