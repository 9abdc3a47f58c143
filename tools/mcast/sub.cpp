#include "tools/mcast/sub.hpp"

#include "tools/mcast/message_printer.hpp"
#include "tools/mcast/names.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr Duration kRefresh = std::chrono::milliseconds(250);
// People and pipes are slower than publishers: what waits is dropped last here.
constexpr std::uint32_t kQueueCapacity = 1024;
// After the last message of a reliable topic: so that its publisher hears that we have it, which
// nodes tell within 20 ms (protocol::kReportInterval).
constexpr Duration kFarewell = std::chrono::milliseconds(50);

}  // namespace

void SubCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("sub", "Show what is published to a topic");
    add_topic(*app_, topic_);
    app_->add_option("--schema", schema_specification_,
                     "Messages are of this struct: show its fields; without it, bytes")
        ->type_name("FILE.capnp:STRUCT");
    add_count(*app_, "--count", count_, "End after N messages; fails if --duration comes first");
    CLI::Option* latest =
        app_->add_flag("--latest", latest_, "Only the newest message matters (delivery 'latest')");
    CLI::Option* reliable = app_->add_flag(
        "--reliable", reliable_,
        "Every message matters (delivery 'reliable'): what is lost is asked for again");
    reliable->excludes(latest);
    add_duration(*app_, "--deadline", deadline_,
                 "How long something lost may hold back what is behind it; default: for ever")
        ->needs(reliable);
    app_->add_flag("--plain", plain_, "Messages without the peer and interface in front");
    app_->add_flag("-q,--quiet", quiet_, "No messages, only the live line and the summary");
    add_common(*app_, common_);
    app_->footer(
        "Examples:\n"
        "  mcast sub greetings                             bytes, as text if they are\n"
        "  mcast sub input --schema game.capnp:Input       readable fields\n"
        "  mcast sub input --schema game.capnp:Input --json | jq .value.stickX\n"
        "  mcast sub input --quiet --duration 10s          rate, latency and loss\n"
        "  mcast sub log --reliable --deadline 50ms        all of it, in order, but nothing late\n"
        "  mcast sub input --schema game.capnp:Input --count 1 --duration 5s || echo nobody");
}

Result<int> SubCommand::run(Terminal& terminal) {
    if (!schema_specification_.empty()) {
        auto schema = Schema::load(schema_specification_);
        if (!schema) return schema.error();
        schema_.emplace(std::move(*schema));
    }
    auto opened = Session::open(common_, terminal);
    if (!opened) return opened.error();
    Session& session = **opened;
    RawSubscriber subscriber =
        session.node().raw_subscriber(topic_, schema_ ? schema_->type_id() : kAnyType, qos());
    if (!subscriber) {
        return Error{ErrorCode::System, 0, "topic '" + printable(topic_) + "' was refused"};
    }
    receive(session, subscriber, terminal);
    if (reliable_ && meter_.count() > 0) session.node().poll_until(session.now() + kFarewell);
    terminal.status("");
    if (session.output_closed()) return kSuccess;
    summarize(session, subscriber, terminal);
    return count_ && !complete() && !session.interrupted() ? kFailure : kSuccess;
}

Qos SubCommand::qos() const {
    Qos qos{.queue_capacity = kQueueCapacity};
    if (latest_) qos.delivery = Delivery::Latest;
    if (reliable_) qos.delivery = Delivery::Reliable;
    qos.reliability.deadline = deadline_.value_or(qos.reliability.deadline);
    return qos;
}

void SubCommand::hint(const Node& node, Terminal& terminal) {
    if (reliable_ || latest_ || hinted_) return;
    for (const PeerInfo& peer : node.peers()) {
        for (const PeerTopic& topic : peer.topics) {
            if (!topic.publishes || topic.name != topic_ || topic.delivery != Delivery::Reliable)
                continue;
            hinted_ = true;
            return terminal.note(printable(peer.name) + " publishes '" + printable(topic_) +
                                 "' reliably; --reliable asks for what is lost, without it this "
                                 "end takes what comes");
        }
    }
}

void SubCommand::receive(Session& session, RawSubscriber& subscriber, Terminal& terminal) {
    Names names(session.node());
    MessagePrinter printer(topic_, schema_ ? &*schema_ : nullptr,
                           {.json = common_.json, .plain = plain_}, names, terminal);
    const bool live = terminal.has_live_line(quiet_ && !common_.json);
    Instant refresh_at = session.now();
    while (!complete() && !session.over()) {
        session.wait(live ? refresh_at : kNever);
        session.drain_events([&](const Event& event) {
            names.on_event(event, topic_);
            if (event.kind == EventKind::PeerUp || event.kind == EventKind::TopicChange)
                hint(session.node(), terminal);
        });
        const Instant now = session.now();
        subscriber.drain([&](const RawSample& sample) {
            if (complete()) return;
            meter_.on_sample(now, sample);
            if (!quiet_) printer.print(sample);
        });
        terminal.flush();
        if (live && now >= refresh_at) {
            refresh_at = now + kRefresh;
            meter_.tick(now);
            terminal.status(meter_.status(subscriber.stats()));
        }
    }
}

void SubCommand::summarize(const Session& session, const RawSubscriber& subscriber,
                           Terminal& terminal) const {
    const SubscriberStats& stats = subscriber.stats();
    const NodeStats node = session.node().stats();
    if (quiet_ && common_.json) {
        terminal.line(meter_.summary_json(stats, node));
    } else {
        terminal.note(meter_.summary(stats, node));
    }
    if (meter_.count() == 0) {
        terminal.note("nothing was received: " +
                      (subscriber.publishers() > 0 ? "its publishers were silent"
                                                   : session.why_nobody(topic_, "publishes to")));
    }
}

}  // namespace mcast::cli
