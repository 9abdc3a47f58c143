#include "wire/stream_control.hpp"

#include <control.capnp.h>

#include <limits>

#include "wire/control_message.hpp"

namespace mcast::wire {
namespace {

static_assert(kFraming + struct_size<schema::Heartbeat>() == kHeartbeatSize);
static_assert(kFraming + struct_size<schema::ReceiverReport>() == kReceiverReportSize);
// A list of structs begins with a word that says how large they are.
static_assert(kFraming + struct_size<schema::Nak>() + kWord == nak_size(0));
static_assert(struct_size<schema::SequenceRange>() == nak_size(1) - nak_size(0));

bool is_valid(const Heartbeat& heartbeat) {
    return heartbeat.topic != 0 && heartbeat.oldest >= 1 && heartbeat.oldest <= heartbeat.next &&
           heartbeat.begin <= heartbeat.next;
}

// Whether `range` is one, and lies behind what ends with `before`.
bool is_valid(const SequenceRange& range, std::uint64_t before) {
    return range.count >= 1 && range.first > before &&
           range.count - 1 <= std::numeric_limits<std::uint64_t>::max() - range.first;
}

bool is_valid(const Nak& nak) {
    if (!nak.publisher || nak.topic == 0) return false;
    if (nak.missing.empty() || nak.missing.size() > kNakRangesMax) return false;
    std::uint64_t before = 0;
    for (const SequenceRange& range : nak.missing) {
        if (!is_valid(range, before)) return false;
        before = range.last();
    }
    return true;
}

bool is_valid(const ReceiverReport& report) {
    return report.publisher && report.topic != 0 && report.next <= report.limit &&
           report.echo_delay >= Duration::zero();
}

}  // namespace

std::size_t write_heartbeat(std::span<std::byte> room, const Heartbeat& heartbeat) {
    if (!is_valid(heartbeat)) return 0;
    const auto fill = [&](schema::Heartbeat::Builder root) {
        root.setTopic(heartbeat.topic);
        root.setNext(heartbeat.next);
        root.setOldest(heartbeat.oldest);
        root.setBegin(heartbeat.begin);
        root.setSkip(heartbeat.skip);
        root.setReceivers(heartbeat.receivers);
        root.setLagged(heartbeat.lagged);
        root.setToken(heartbeat.token);
    };
    return write_control<schema::Heartbeat>(room, kHeartbeatSize, fill);
}

std::size_t write_nak(std::span<std::byte> room, const Nak& nak) {
    if (!is_valid(nak)) return 0;
    const auto fill = [&](schema::Nak::Builder root) {
        root.setPublisher(nak.publisher.value);
        root.setTopic(nak.topic);
        root.setToken(nak.token);
        auto list = root.initMissing(static_cast<unsigned>(nak.missing.size()));
        for (unsigned i = 0; i < nak.missing.size(); ++i) {
            list[i].setFirst(nak.missing[i].first);
            list[i].setCount(nak.missing[i].count);
        }
    };
    return write_control<schema::Nak>(room, nak_size(nak.missing.size()), fill);
}

std::size_t write_receiver_report(std::span<std::byte> room, const ReceiverReport& report) {
    if (!is_valid(report)) return 0;
    const auto fill = [&](schema::ReceiverReport::Builder root) {
        root.setPublisher(report.publisher.value);
        root.setTopic(report.topic);
        root.setNext(report.next);
        root.setLimit(report.limit);
        root.setNewest(report.newest);
        root.setMissed(report.missed);
        root.setLost(report.lost);
        root.setOverruns(report.overruns);
        root.setJoining(report.joining);
        root.setEcho(report.echo.time_since_epoch().count());
        root.setEchoDelay(static_cast<std::uint64_t>(report.echo_delay.count()));
        root.setToken(report.token);
    };
    return write_control<schema::ReceiverReport>(room, kReceiverReportSize, fill);
}

std::optional<Heartbeat> read_heartbeat(std::span<const std::byte> frame) {
    const auto decode = [](schema::Heartbeat::Reader root) -> std::optional<Heartbeat> {
        Heartbeat heartbeat;
        heartbeat.topic = root.getTopic();
        heartbeat.next = root.getNext();
        heartbeat.oldest = root.getOldest();
        heartbeat.begin = root.getBegin();
        heartbeat.skip = root.getSkip();
        heartbeat.receivers = root.getReceivers();
        heartbeat.lagged = root.getLagged();
        heartbeat.token = root.getToken();
        if (!is_valid(heartbeat)) return std::nullopt;
        return heartbeat;
    };
    return read_control<schema::Heartbeat>(frame, decode);
}

std::optional<Nak> read_nak(std::span<const std::byte> frame, RangeRoom& room) {
    const auto decode = [&](schema::Nak::Reader root) -> std::optional<Nak> {
        const auto list = root.getMissing();
        if (list.size() > room.size()) return std::nullopt;
        for (unsigned i = 0; i < list.size(); ++i)
            room[i] = {list[i].getFirst(), list[i].getCount()};
        const Nak nak{PeerId{root.getPublisher()}, root.getTopic(),
                      std::span(room).first(list.size()), root.getToken()};
        if (!is_valid(nak)) return std::nullopt;
        return nak;
    };
    return read_control<schema::Nak>(frame, decode);
}

std::optional<ReceiverReport> read_receiver_report(std::span<const std::byte> frame) {
    const auto decode = [](schema::ReceiverReport::Reader root) -> std::optional<ReceiverReport> {
        ReceiverReport report;
        report.publisher.value = root.getPublisher();
        report.topic = root.getTopic();
        report.next = root.getNext();
        report.limit = root.getLimit();
        report.newest = root.getNewest();
        report.missed = root.getMissed();
        report.lost = root.getLost();
        report.overruns = root.getOverruns();
        report.joining = root.getJoining();
        report.echo = WallTime(Duration(root.getEcho()));
        // From 2^63 on this is negative, and refused.
        report.echo_delay = Duration(static_cast<std::int64_t>(root.getEchoDelay()));
        report.token = root.getToken();
        if (!is_valid(report)) return std::nullopt;
        return report;
    };
    return read_control<schema::ReceiverReport>(frame, decode);
}

}  // namespace mcast::wire
