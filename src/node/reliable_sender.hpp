#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "mcast/options.hpp"
#include "mcast/stats.hpp"
#include "node/control_sender.hpp"
#include "node/targets.hpp"
#include "protocol/heartbeat_timer.hpp"
#include "protocol/pace.hpp"
#include "protocol/receiver_table.hpp"
#include "protocol/repair_queue.hpp"
#include "protocol/send_history.hpp"
#include "wire/stream_control.hpp"

namespace mcast::detail {

// The half of a publisher that a Reliable topic has beside the others: holds what was sent, knows
// who has what, sends again what is missing, tells where the stream stands, and holds the program
// back while its receivers cannot take more.
class ReliableSender {
public:
    ReliableSender(Context& context, Outbound& outbound, const protocol::PeerTable& peers,
                   const Membership& membership, PublisherStats& stats, std::string_view topic,
                   std::uint64_t topic_id, const Qos& qos, std::uint64_t first_sequence);
    ReliableSender(const ReliableSender&) = delete;
    ReliableSender& operator=(const ReliableSender&) = delete;
    ~ReliableSender();

    // The program drops its publisher: what was sent stays to be repaired. Or it comes back, and
    // waits for others as `reliability` says now.
    void on_dropped();
    void on_return(const Reliability& reliability);
    [[nodiscard]] bool holds_any() const { return history_.size() > 0; }
    // Peers, their topics or their ways have changed: looks at all of them for receivers.
    void refresh_receivers();
    // Whether what is published is held although nobody listens now.
    [[nodiscard]] bool keeps_unheard() const { return qos_.history > 0 || !receivers_.empty(); }

    // Whether `count` more datagrams may be sent now; if not, the stats say why.
    bool may_send(std::uint32_t count = 1);
    // How many datagrams one message may take.
    [[nodiscard]] std::size_t capacity() const;
    // The next datagram of the stream was sent. `messages`: those that end in it; `begins`: it does
    // not go on with a large message.
    void on_sent(const Buffer& datagram, std::uint16_t messages, bool begins);

    // A subscriber asks for repair, or says how far it is. The datagram came from an endpoint that
    // is the peer's.
    void on_nak(Instant now, PeerId peer, const wire::Nak& nak);
    void on_report(Instant now, const protocol::Peer& peer, const wire::ReceiverReport& report);

    // Repairs, heartbeats and patience: what is due at `now`. `targets`: where the stream goes.
    void on_turn(Instant now, std::span<const Target> targets);
    // Tells where the stream ends, for those who will never hear of it again.
    void say_last(std::span<const Target> targets);
    [[nodiscard]] Instant deadline() const;
    // Whether all have everything, and take more.
    [[nodiscard]] bool is_settled() const;

    [[nodiscard]] std::uint64_t acknowledged() const;
    [[nodiscard]] std::uint64_t acknowledged(PeerId peer) const;
    [[nodiscard]] std::vector<ReceiverInfo> receivers() const;

private:
    // Whether the slowest takes so many more, and the history holds them.
    [[nodiscard]] bool has_room(std::uint32_t count);
    // Whether all publishers together may hold so many more.
    [[nodiscard]] bool has_buffers(std::uint32_t count);
    [[nodiscard]] std::size_t held_max() const;
    // Lets go of the oldest `surplus` if nobody needs them.
    bool spare(std::size_t surplus);
    // … and of what is beyond this one's share, as far as that may be.
    void keep_to_share();
    void release_below(std::uint64_t sequence);
    void take_in_report(Instant now, protocol::Receiver& receiver,
                        const wire::ReceiverReport& report);
    // Whether a report is answered, since its receiver does not know how things are.
    bool must_tell(protocol::Receiver& receiver, const wire::ReceiverReport& report) const;
    void join(protocol::Receiver& receiver, const wire::ReceiverReport& report);
    void begin_at(protocol::Receiver& receiver, std::uint64_t token, std::uint64_t sequence,
                  std::uint16_t skip = 0);
    // Says to one receiver where the stream stands for it, in answer to its `token`; what is before
    // `oldest` it cannot have.
    void answer(const protocol::Peer& peer, const protocol::Receiver& receiver, std::uint64_t token,
                bool tell_begin, std::uint64_t oldest);
    // Queues what of a range is held and fits `datagram_max`; the sequence behind what does not.
    std::uint64_t queue_repairs(Instant now, const protocol::Receiver& receiver,
                                const wire::SequenceRange& range, std::uint32_t datagram_max);
    [[nodiscard]] wire::Heartbeat standing() const;
    void send_heartbeat(wire::Heartbeat heartbeat, std::span<const Target> targets);
    void send_repairs(Instant now, std::span<const Target> targets);
    void send_repair(protocol::SentDatagram& datagram, std::span<const Target> targets);
    void release_acknowledged();
    void account(Instant now);
    void watch_slowest(Instant now);
    // A loan was refused, or given: what was `suspected` since the last one that was refused
    // counts, or not.
    void on_refused();
    void on_granted();
    void let_lag(Instant now, protocol::Receiver& receiver);
    void catch_up(Instant now, protocol::Receiver& receiver);
    void report_event(Instant now, EventKind kind, const protocol::Receiver& receiver,
                      std::string_view text);

    Context& context_;
    Outbound& outbound_;
    const protocol::PeerTable& peers_;
    const Membership& membership_;
    PublisherStats& stats_;
    ControlSender control_;
    std::string_view topic_;
    std::uint64_t topic_id_;
    Qos qos_;
    protocol::SendHistory history_;
    protocol::ReceiverTable receivers_;
    protocol::RepairQueue repairs_;
    protocol::HeartbeatTimer heartbeat_;
    protocol::Pace pace_;
    protocol::RepairBudget budget_;
    bool in_use_ = true;
    std::uint64_t limit_ = UINT64_MAX;  // sequences below it may be sent
    std::uint32_t unaccounted_ = 0;     // datagrams sent since the last turn
    Instant held_back_at_{};  // a loan was refused then, and none was given since; or Instant{}
    Instant turn_at_{};
};

}  // namespace mcast::detail
