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

}  // namespace

void SubCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("sub", "Show what is published to a topic");
    add_topic(*app_, topic_);
    app_->add_option("--schema", schema_specification_,
                     "Messages are of this struct: show its fields; without it, bytes")
        ->type_name("FILE.capnp:STRUCT");
    add_count(*app_, "--count", count_, "End after N messages; fails if --duration comes first");
    app_->add_flag("--latest", latest_, "Only the newest message matters (delivery 'latest')");
    app_->add_flag("--plain", plain_, "Messages without the peer and interface in front");
    app_->add_flag("-q,--quiet", quiet_, "No messages, only the live line and the summary");
    add_common(*app_, common_);
    app_->footer(
        "Examples:\n"
        "  mcast sub greetings                             bytes, as text if they are\n"
        "  mcast sub input --schema game.capnp:Input       readable fields\n"
        "  mcast sub input --schema game.capnp:Input --json | jq .value.stickX\n"
        "  mcast sub input --quiet --duration 10s          rate, latency and loss\n"
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
    const Qos qos{.delivery = latest_ ? Delivery::Latest : Delivery::BestEffort,
                  .queue_capacity = kQueueCapacity};
    RawSubscriber subscriber =
        session.node().raw_subscriber(topic_, schema_ ? schema_->type_id() : kAnyType, qos);
    if (!subscriber) {
        return Error{ErrorCode::System, 0, "topic '" + printable(topic_) + "' was refused"};
    }
    receive(session, subscriber, terminal);
    terminal.status("");
    if (session.output_closed()) return kSuccess;
    summarize(session, subscriber, terminal);
    return count_ && !complete() && !session.interrupted() ? kFailure : kSuccess;
}

void SubCommand::receive(Session& session, RawSubscriber& subscriber, Terminal& terminal) {
    Names names(session.node());
    MessagePrinter printer(topic_, schema_ ? &*schema_ : nullptr,
                           {.json = common_.json, .plain = plain_}, names, terminal);
    const bool live = terminal.has_live_line(quiet_ && !common_.json);
    Instant refresh_at = session.now();
    while (!complete() && !session.over()) {
        session.wait(live ? refresh_at : kNever);
        session.drain_events([&](const Event& event) { names.on_event(event, topic_); });
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
