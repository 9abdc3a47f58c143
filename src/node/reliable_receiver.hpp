#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "node/parity_receiver.hpp"
#include "node/reliable_stream.hpp"
#include "node/stream_delivery.hpp"
#include "node/stream_requester.hpp"
#include "wire/stream_control.hpp"

namespace mcast::detail {

// The reliable streams among those that are received: puts their datagrams in order, asks for what
// is missing, says how far it is.
class ReliableReceiver {
public:
    ReliableReceiver(Context& context, StreamDelivery& delivery, StreamRequester& requester,
                     std::vector<Stream>& streams);

    // Takes the memory; before the first begin().
    void reserve();

    // A stream begins or ends. False: there are reliable_streams_max already.
    bool begin(Instant now, Stream& stream);
    // Everything that is here is delivered, what is missing is told with this cause.
    void end(Instant now, Stream& stream, GapCause cause);
    // Nobody subscribes to it any more, or (`told`) its subscribers know that it is over.
    void forget(Stream& stream, bool told = false);

    void on_data(Instant now, Stream& stream, const wire::ParsedHeader& parsed, Datagram& datagram);
    // A piece of parity.
    void on_parity(Instant now, Stream& stream, const wire::ParsedHeader& parsed,
                   const Datagram& datagram);
    void on_heartbeat(Instant now, Stream& stream, const wire::Heartbeat& heartbeat);
    // Another receiver has asked for these.
    void on_overheard(Instant now, Stream& stream, std::span<const wire::SequenceRange> missing);

    // What is due: deliver what waited for room, skip what is too late, ask, report.
    void on_turn(Instant now);
    [[nodiscard]] Instant deadline() const;
    [[nodiscard]] const ReliableStream& at(const Stream& stream) const {
        return states_[stream.reliable];
    }

private:
    [[nodiscard]] ReliableStream& state(const Stream& stream) { return states_[stream.reliable]; }
    void turn(Instant now, ReliableStream& state, Stream& stream);
    // Joining.
    void join(Instant now, ReliableStream& state, const Stream& stream);
    void follow(Instant now, ReliableStream& state, Stream& stream, std::uint64_t begin,
                std::uint16_t skip);
    void go_on_unanswered(Instant now, ReliableStream& state, Stream& stream);
    // Order.
    void take(Instant now, ReliableStream& state, Stream& stream, const wire::ParsedHeader& parsed,
              Datagram& datagram);
    void recover(Instant now, Stream& stream, const wire::Header& header, const Datagram& like);
    static void note_block(Instant now, ReliableStream& state, std::uint64_t first);
    void hold(Instant now, ReliableStream& state, Stream& stream, const wire::ParsedHeader& parsed,
              Datagram& datagram);
    void deliver_ready(Instant now, ReliableStream& state, Stream& stream);
    void extend(Instant now, ReliableStream& state, std::uint64_t end);
    static void retract(ReliableStream& state, std::uint64_t end);
    // The window has moved, having reached until `reach`: what it reaches now is asked for at
    // `ask`.
    static void on_moved(Instant now, ReliableStream& state, std::uint64_t reach, Instant ask);
    void on_repair(Instant now, ReliableStream& state, Stream& stream, std::uint64_t sequence);
    void give_up(Instant now, ReliableStream& state, Stream& stream, std::uint64_t before,
                 GapCause cause);
    void lose_rest(Instant now, ReliableStream& over, Stream& stream, GapCause cause);
    void skip_expired(Instant now, ReliableStream& state, Stream& stream);
    [[nodiscard]] Duration patience(const Stream& stream) const;
    // Requests.
    void ask(Instant now, ReliableStream& state, Stream& stream);
    [[nodiscard]] Instant first_ask(Instant now, const ReliableStream& state);
    void report(Instant now, ReliableStream& state, const Stream& stream);
    [[nodiscard]] bool report_is_due(Instant now, const ReliableStream& state,
                                     const Stream& stream) const;
    [[nodiscard]] std::uint64_t limit(const ReliableStream& state, const Stream& stream) const;
    [[nodiscard]] static std::size_t queue_capacity(const Stream& stream);
    void report_lagging(Instant now, const Stream& stream);
    [[nodiscard]] Duration report_interval(const ReliableStream& state) const;

    // Messages of the next datagram that are not for us.
    [[nodiscard]] static std::uint16_t skip(const ReliableStream& state, std::uint64_t sequence) {
        return sequence == state.begin ? state.skip : std::uint16_t{0};
    }
    void remember(const ReliableStream& state, const StreamKey& key, bool told);
    [[nodiscard]] HeldDatagram& held(std::uint32_t place) { return held_[place]; }
    void let_go(std::uint32_t place);

    Context& context_;
    StreamDelivery& delivery_;
    StreamRequester& requester_;
    std::vector<Stream>& streams_;
    std::vector<ReliableStream> states_;
    std::vector<std::uint32_t> free_states_;
    std::vector<std::uint32_t> active_;  // states in use
    std::vector<HeldDatagram> held_;
    std::vector<std::uint32_t> free_places_;
    std::array<wire::SequenceRange, wire::kNakRangesMax> ranges_{};
    std::optional<ParityReceiver> parity_;  // since reserve()
    bool recovering_ = false;
    // Streams that ended, and where: who comes back goes on there.
    struct Ended {
        StreamKey key;
        std::uint64_t next = 0;
        bool told = false;  // that the publisher was gone, and not that nobody subscribed
    };
    std::array<Ended, 64> ended_{};
    std::size_t next_ended_ = 0;
};

}  // namespace mcast::detail
