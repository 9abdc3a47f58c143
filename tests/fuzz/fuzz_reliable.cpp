// What publishers and receivers of reliable streams tell each other, in any order and with any
// numbers, into a node that publishes and subscribes reliably.

#include <bytes.capnp.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "mcast/assert.hpp"
#include "mcast/mcast.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/memory_link.hpp"
#include "wire/control.hpp"
#include "wire/header.hpp"
#include "wire/stream_control.hpp"

using namespace mcast;

namespace {

const Endpoint kSource{Address::ipv4(10, 0, 0, 66), 7401};
const Qos kReliable{.delivery = Delivery::Reliable, .history = 3};

NodeOptions options() {
    NodeOptions options;
    options.domain = "default";
    options.name = "fuzzed";
    options.limits.peers_max = 4;
    options.limits.streams_max = 4;
    options.limits.reliable_streams_max = 2;
    options.limits.reorder_max = 64;
    options.log = [](LogLevel, std::string_view) {};
    return options;
}

class Run {
public:
    Run() {
        introduce({1});
        introduce({2});
        poll();
    }

    void step(fuzz::Input& input) {
        switch (input.byte() % 8) {
            case 0:
                link_.advance(std::chrono::milliseconds(1) * input.byte() * input.byte());
                poll();
                return;
            case 1:
                poll();
                return;
            case 2:
                heartbeat(input);
                return;
            case 3:
                nak(input);
                return;
            case 4:
                report(input);
                return;
            case 5:
                if (auto loan = publisher_.loan()) loan->publish();
                return;
            default:
                data(input);
                return;
        }
    }

    void finish() {
        link_.advance(std::chrono::seconds(1));
        poll();
        for (const StreamInfo& stream : node_.streams()) {
            if (stream.first == 0) continue;
            MCAST_ASSERT(
                stream.newest - stream.first + 1 ==
                    stream.delivered + stream.waiting + stream.missing + stream.lost_count(),
                "the ledger of a stream sums");
        }
        MCAST_ASSERT(publisher_.acknowledged() <= publisher_.newest(),
                     "nobody has what was not sent");
    }

private:
    // Near where streams are, or anywhere.
    static std::uint64_t number(fuzz::Input& input) {
        const std::uint8_t choice = input.byte();
        if (choice < 200) return choice % 50;
        if (choice < 220) return std::uint64_t{1} << (choice % 64);
        return UINT64_MAX - choice % 20;
    }
    PeerId peer(fuzz::Input& input) { return {1u + input.byte() % 2}; }

    template <typename Message, typename Write>
    void send(wire::DatagramKind kind, PeerId origin, const Message& message, Write&& write) {
        Buffer buffer = link_.allocate();
        if (!buffer) return poll();
        wire::Header header;
        header.kind = kind;
        header.message_count = 1;
        header.domain = domain_id("default");
        header.origin = origin;
        wire::write_header(
            std::span<std::byte, wire::kHeaderSize>(buffer.data(), wire::kHeaderSize), header);
        const std::size_t size =
            write(std::span(buffer.data(), buffer.capacity()).subspan(wire::kHeaderSize), message);
        if (size == 0) return;
        buffer.resize(static_cast<std::uint32_t>(wire::kHeaderSize + size));
        link_.inject(std::move(buffer), kSource);
    }

    void introduce(PeerId origin) {
        const std::array<wire::AnnouncedTopic, 2> topics{
            {{"notes", kBytesType, Delivery::Reliable, true, false},
             {"echo", kBytesType, Delivery::Reliable, false, true}}};
        wire::Announcement announcement;
        announcement.name = "peer";
        announcement.interval = std::chrono::seconds(60);
        announcement.topics = topics;
        send(wire::DatagramKind::Announce, origin, announcement, wire::write_announcement);
    }

    void heartbeat(fuzz::Input& input) {
        const PeerId origin = peer(input);
        wire::Heartbeat heartbeat;
        heartbeat.topic = topic_id("notes", kBytesType);
        heartbeat.next = number(input);
        heartbeat.oldest = number(input);
        heartbeat.begin = number(input);
        heartbeat.skip = input.byte();
        heartbeat.receivers = input.byte();
        heartbeat.lagged = input.byte() % 2 == 0;
        // The fuzzed node's own, as it said it, so that answers are reached as well.
        heartbeat.token = input.byte() % 4 == 0 ? 0 : tokens_[origin.value];
        send(wire::DatagramKind::Heartbeat, origin, heartbeat, wire::write_heartbeat);
    }

    void nak(fuzz::Input& input) {
        std::array<wire::SequenceRange, 4> ranges{};
        const std::size_t count = 1 + input.byte() % ranges.size();
        std::uint64_t first = 0;
        for (std::size_t i = 0; i < count; ++i) {
            first += 1 + number(input);
            ranges[i] = {first, 1 + static_cast<std::uint32_t>(number(input))};
            first += ranges[i].count;
        }
        wire::Nak nak;
        nak.publisher = input.byte() % 8 == 0 ? peer(input) : node_.id();
        nak.topic = topic_id(input.byte() % 8 == 0 ? "notes" : "echo", kBytesType);
        nak.missing = std::span(ranges).first(count);
        nak.token = number(input);
        send(wire::DatagramKind::Nak, peer(input), nak, wire::write_nak);
    }

    void report(fuzz::Input& input) {
        wire::ReceiverReport report;
        report.publisher = node_.id();
        report.topic = topic_id("echo", kBytesType);
        report.next = number(input);
        report.limit = report.next + number(input);
        report.newest = number(input);
        report.missed = number(input);
        report.lost = number(input);
        report.overruns = number(input);
        report.joining = input.byte() % 4 == 0;
        report.token = 1 + input.byte() % 3;
        report.echo = WallTime(Duration(static_cast<Duration::rep>(number(input))));
        report.echo_delay = Duration(static_cast<Duration::rep>(input.byte()));
        send(wire::DatagramKind::ReceiverReport, peer(input), report, wire::write_receiver_report);
    }

    void data(fuzz::Input& input) {
        Buffer buffer = link_.allocate();
        if (!buffer) return poll();
        wire::Header header;
        const std::uint8_t kind = input.byte();
        header.kind = kind < 200   ? wire::DatagramKind::Data
                      : kind < 230 ? wire::DatagramKind::Fragment
                                   : wire::DatagramKind::Parity;
        header.flags =
            kind % 4 == 0 ? wire::kFlagReliable | wire::kFlagRepair : wire::kFlagReliable;
        header.message_count = 1;
        header.domain = domain_id("default");
        header.origin = peer(input);
        header.topic = topic_id("notes", kBytesType);
        header.sequence = number(input);
        const auto bytes = input.take(16 + input.byte());
        std::memset(buffer.data(), 0, wire::kHeaderSize + 16);
        wire::write_header(
            std::span<std::byte, wire::kHeaderSize>(buffer.data(), wire::kHeaderSize), header);
        std::memcpy(buffer.data() + wire::kHeaderSize, bytes.data(), bytes.size());
        buffer.resize(static_cast<std::uint32_t>(wire::kHeaderSize +
                                                 std::max<std::size_t>(bytes.size() / 8 * 8, 16)));
        link_.inject(std::move(buffer), kSource);
    }

    void poll() {
        node_.poll();
        reader_.drain([](const Sample<schema::Bytes>& sample) {
            static_cast<void>(sample->getData().size());
        });
        node_.drain_events([](const Event& event) {
            MCAST_ASSERT(!to_string(event).empty(), "an event is a sentence");
        });
    }

    // Overhears what the node tells publishers, as one of them would.
    struct Listener {
        explicit Listener(Run& run) {
            run.link_.watch_batches([&run](auto batch) { run.hear(batch); });
        }
    };
    void hear(std::span<const Datagram> batch) {
        for (const Datagram& datagram : batch) {
            const wire::ParsedHeader parsed = wire::parse_header(datagram.buffer.bytes());
            if (!parsed || parsed.header.kind != wire::DatagramKind::ReceiverReport) continue;
            const auto said =
                wire::read_receiver_report(datagram.buffer.bytes().subspan(parsed.size));
            if (said && said->publisher.value < tokens_.size())
                tokens_[said->publisher.value] = said->token;
        }
    }

    support::MemoryLink link_;
    std::array<std::uint64_t, 3> tokens_{};
    Listener listener_{*this};
    Node node_ = Node::open(options(), link_.host()).value();
    Publisher<schema::Bytes> publisher_ = node_.publisher<schema::Bytes>("echo", kReliable);
    Subscriber<schema::Bytes> reader_ = node_.subscriber<schema::Bytes>("notes", kReliable);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run run;
    fuzz::Input input(std::span(data, size));
    while (!input.empty())
        run.step(input);
    run.finish();
    return 0;
}
