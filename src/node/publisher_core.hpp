#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mcast/message.hpp"
#include "mcast/options.hpp"
#include "mcast/stats.hpp"
#include "node/last_value.hpp"
#include "node/outbound.hpp"
#include "node/parity_sender.hpp"
#include "node/reliable_sender.hpp"
#include "node/targets.hpp"
#include "protocol/message_size.hpp"
#include "protocol/run_size.hpp"

namespace mcast::detail {

// One topic that this node publishes: lends out room in its open datagram, numbers and closes
// datagrams, sends them where somebody listens.
//
// At most one datagram is open. A loan takes it away and gives it back; a second loan meanwhile
// gets a datagram of its own. Datagrams are numbered as they are closed, so messages of two loans
// that are out at a time arrive in the order in which their datagrams left.
class PublisherCore {
public:
    PublisherCore(Context& context, Outbound& outbound, const protocol::PeerTable& peers,
                  const Membership& membership, std::string_view topic, std::uint64_t type_id,
                  const Qos& qos, std::uint64_t first_sequence);

    [[nodiscard]] std::string_view topic() const { return topic_; }
    [[nodiscard]] std::uint64_t id() const { return route_.id; }
    [[nodiscard]] std::uint64_t type_id() const { return type_id_; }
    [[nodiscard]] const Qos& qos() const { return qos_; }
    [[nodiscard]] const PublisherStats& stats() const { return stats_; }
    [[nodiscard]] std::size_t listeners();
    [[nodiscard]] bool in_use() const { return in_use_; }
    void set_in_use(bool in_use, const Qos& qos);
    // Whether it holds, or may come to hold, what was sent.
    [[nodiscard]] bool may_hold() const { return reliable_ && (in_use_ || reliable_->holds_any()); }

    // Whether nobody waits for anything that was sent.
    [[nodiscard]] bool is_settled() const { return !reliable_ || reliable_->is_settled(); }

    // Room for a message of about `size_hint` bytes (0: as the recent ones), zeroed. False if no
    // transmit buffer is free.
    bool acquire(std::size_t size_hint, Stretch& stretch);
    // A message of `size` framed bytes has been written at the start of the stretch.
    void commit(Stretch&& stretch, std::size_t size);
    // Nothing was published: the room is zeroed again and used by the next loan.
    void give_back(Stretch&& stretch);
    // A message that did not fit the room it was built in.
    void publish_large(Stretch&& stretch, RoomBuilder& builder);
    // A ready-made message, copied. False if it was not taken; the stats say why.
    bool publish_copy(std::span<const std::byte> frame);

    // Sends the open datagram, if it holds messages.
    void flush();

    // Of a Reliable topic; nothing otherwise.
    void on_nak(Instant now, const protocol::Peer& peer, const wire::Nak& nak);
    void on_report(Instant now, const protocol::Peer& peer, const wire::ReceiverReport& report);
    void on_turn(Instant now);
    [[nodiscard]] Instant deadline() const;
    void say_last();
    [[nodiscard]] std::uint64_t newest() const { return next_sequence_ - 1; }
    [[nodiscard]] std::uint64_t acknowledged() const;
    [[nodiscard]] std::uint64_t acknowledged(PeerId peer) const;
    [[nodiscard]] std::vector<ReceiverInfo> receivers() const;
    // Whether messages wait for the next poll().
    [[nodiscard]] bool has_open() const {
        return !waiting_.empty() || (open_ && message_count(open_) > 0);
    }

    // For mcast::Runner, which fills datagrams on other threads (whole_datagrams.cpp).
    // A transmit buffer; empty if none is free.
    [[nodiscard]] Buffer allocate_datagram();
    // Where messages have to end in a datagram that is begun now.
    [[nodiscard]] std::uint32_t current_room_end();
    // So many messages in standard stream framing were written into `datagram`, a buffer of
    // allocate_datagram(), from wire::kHeaderSize to its size, and zeroes behind; nothing is
    // copied.
    void publish_datagram(Buffer datagram, std::uint16_t messages, std::size_t largest_message);
    // A message that outgrew its datagram: publish_copy(), counted as a copy.
    void publish_outgrown(std::span<const std::byte> frame);

private:
    // While a datagram is open its header is not written yet, only the count of its messages.
    [[nodiscard]] static std::uint16_t message_count(const Buffer& datagram);
    bool open_datagram(Stretch& stretch);
    void attach_delivery();
    // Room for exactly `size` bytes; only what lies behind them is zeroed.
    bool acquire_to_fill(std::size_t size, Stretch& stretch);
    // The rest of the open datagram, if `expected` bytes fit; closes it if not.
    bool take_open(std::size_t expected, Stretch& stretch);
    // Zeroes what lies behind the first `size` bytes of a stretch: what Cap'n Proto builds in, and
    // what a full datagram is filled up with.
    static void clear_behind(Stretch& stretch, std::size_t size);
    void keep_or_send(Buffer&& datagram);
    void close(Buffer&& datagram);
    // One that takes no further message: filled up, where equal sizes leave as one send.
    void close_full(Buffer&& datagram);
    // Numbers a datagram whose messages are written and sends it to all targets. `messages`: those
    // that end in it; `begins`: it does not go on with a large message.
    bool send(Buffer& datagram, wire::DatagramKind kind, std::uint16_t messages, bool begins);
    void write_header(Buffer& datagram, wire::DatagramKind kind, std::uint16_t messages);
    void refresh_targets();
    void count_published(std::size_t size);
    bool send_fragments(std::span<const std::byte> frame);
    bool publish_frame(std::span<const std::byte> frame);
    // Publishes the large messages that wait; false if there is no room for all of them yet.
    bool send_waiting();

    Context& context_;
    Outbound& outbound_;
    const protocol::PeerTable& peers_;
    const Membership& membership_;
    std::string topic_;
    TopicRoute route_;
    std::uint64_t type_id_;
    Qos qos_;
    bool in_use_ = true;
    Targets targets_;
    std::uint64_t topology_ = 0;  // for which targets_ were collected
    std::uint32_t datagram_max_ = 0;
    protocol::MessageSize message_size_;
    protocol::RunSize run_size_;
    Buffer open_;
    // Large messages of a Reliable topic that were built when there was no room for them: a Loan
    // that is out cannot be refused any more, so they come before all others.
    std::vector<std::vector<std::byte>> waiting_;
    std::uint64_t next_sequence_;
    PublisherStats stats_;
    std::unique_ptr<ReliableSender> reliable_;  // of a Reliable topic
    std::unique_ptr<ParitySender> parity_;      // … with parity
    std::unique_ptr<LastValue> last_value_;     // of a Latest topic with history
};

}  // namespace mcast::detail
