#include "tools/mcast/pub.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tools/mcast/duration.hpp"
#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/line_reader.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr Duration kWaitTimeout = std::chrono::seconds(10);
// Waiting that takes no longer is not worth a word.
constexpr Duration kSilentWait = std::chrono::milliseconds(500);
// After it has been heard that somebody listens: several times the window in which a node replies
// to a newcomer with its own announcement.
constexpr Duration kAnnounceTime = std::chrono::milliseconds(50);
// For a busy or distant subscriber; publishing goes on without its answer.
constexpr Duration kAnswerTime = std::chrono::milliseconds(500);
constexpr double kRateMin = 1e-3;
constexpr double kRateMax = 1e9;
// Messages between two polls when publishing as fast as possible: several full datagrams.
constexpr std::uint64_t kPollEvery = 64;
// While all transmit buffers are in flight, or subscribers have to take more first.
constexpr Duration kRefusedWait = std::chrono::microseconds(200);
// In the end, for repairs; who is gone, or stopped, is noticed before.
constexpr Duration kAcknowledgeTime = std::chrono::seconds(10);
// Between two looks at who subscribes to a reliable topic.
constexpr Duration kLookEvery = std::chrono::milliseconds(20);

const auto kIgnore = [](const Event&) {};

// "16+2"; empty for anything else.
std::optional<Parity> parse_parity(const std::string& text) {
    const auto plus = text.find('+');
    unsigned data = 0;
    unsigned parity = 0;
    if (plus == std::string::npos || !CLI::detail::lexical_cast(text.substr(0, plus), data) ||
        !CLI::detail::lexical_cast(text.substr(plus + 1), parity) || data < 1 || data > 64 ||
        parity < 1 || parity > 16)
        return std::nullopt;
    return Parity{static_cast<std::uint8_t>(data), static_cast<std::uint8_t>(parity)};
}

}  // namespace

void PubCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("pub", "Publish values to a topic");
    add_topic(*app_, topic_);
    app_->add_option("VALUE", values_,
                     "What to publish, one message each; - (or nothing, in a pipe): the lines of "
                     "standard input")
        ->type_name("")
        ->transform(unprotect);
    app_->add_option("--schema", schema_specification_,
                     "Values are of this struct, written as Cap'n Proto text or JSON; without it "
                     "they are bytes")
        ->type_name("FILE.capnp:STRUCT");
    app_->add_option("--rate", rate_,
                     "Messages a second; without --count, goes on with the same values until "
                     "interrupted")
        ->type_name("N")
        ->check([](const std::string& text) {
            double rate = 0;
            const bool number = CLI::detail::lexical_cast(text, rate);
            return number && rate >= kRateMin && rate <= kRateMax
                       ? std::string{}
                       : "'" + printable(text) +
                             "' is no rate; write messages a second, from 0.001 to 1e9";
        });
    add_count(*app_, "--count", count_, "End after N messages, repeating the values as needed");
    add_reliability();
    app_->add_flag("--express", express_, "Each message leaves at once: latency for throughput");
    app_->add_option("--wait", wait_, "Begin when N subscribers are there; 0: at once")
        ->type_name("N")
        ->capture_default_str();
    add_duration(*app_, "--wait-timeout", wait_timeout_, "Give up waiting after this; default 10s");
    add_common(*app_, common_);
    app_->footer(
        "Examples:\n"
        "  mcast pub greetings hello                       a message of bytes\n"
        "  mcast pub input --schema game.capnp:Input '(stickX = 10, stickY = -3)'\n"
        "  mcast pub input --schema game.capnp:Input '{\"stickX\": 10}' --rate 60 --duration 10s\n"
        "  tail -f log | mcast pub log                     a message for each line\n"
        "  mcast pub tick now --rate 1 --wait 0            once a second, heard or not\n"
        "  mcast pub log --reliable < log                  every line arrives, or it is said who "
        "lacks it");
}

void PubCommand::add_reliability() {
    CLI::Option* latest =
        app_->add_flag("--latest", latest_, "Only the newest message matters (delivery 'latest')");
    CLI::Option* reliable =
        app_->add_flag("--reliable", reliable_,
                       "Every message matters (delivery 'reliable'): waits for the slowest "
                       "subscriber, and in the end until all have everything");
    reliable->excludes(latest);
    app_->add_option("--history", history_,
                     "Keep the last N messages for those that subscribe later; with --latest the "
                     "newest")
        ->type_name("N");
    add_duration(*app_, "--patience", patience_,
                 "A subscriber that holds the others back for this long is no longer waited for; "
                 "default 1s")
        ->needs(reliable);
    app_->add_option_function<std::string>(
            "--parity", [this](const std::string& text) { parity_ = *parse_parity(text); },
            "After each DATA datagrams so many of parity, from which lost ones are computed "
            "without "
            "asking: for networks that lose much")
        ->type_name("DATA+PARITY")
        ->check([](const std::string& text) {
            return parse_parity(text) ? std::string{}
                                      : "'" + printable(text) +
                                            "' is no parity; write 1 to 64 datagrams and 1 to 16 "
                                            "of parity, as in 16+2";
        })
        ->needs(reliable);
}

Qos PubCommand::qos() const {
    Qos qos{.express = express_, .history = history_};
    if (latest_) qos.delivery = Delivery::Latest;
    if (reliable_) qos.delivery = Delivery::Reliable;
    qos.reliability.patience = patience_.value_or(qos.reliability.patience);
    qos.reliability.parity = parity_;
    return qos;
}

Result<int> PubCommand::run(Terminal& terminal) {
    if (auto prepared = prepare(); !prepared) return prepared.error();
    auto opened = Session::open(common_, terminal);
    if (!opened) return opened.error();
    Session& session = **opened;
    RawPublisher publisher =
        session.node().raw_publisher(topic_, schema_ ? schema_->type_id() : kBytesType, qos());
    if (!publisher) {
        return Error{ErrorCode::System, 0, "topic '" + printable(topic_) + "' was refused"};
    }
    if (auto waited = await_listeners(session, publisher, terminal); !waited) return waited.error();
    next_at_ = session.now();
    auto outcome =
        from_stdin_ ? publish_lines(session, publisher) : publish_values(session, publisher);
    await_acknowledgement(session, publisher);
    if (!session.output_closed()) summarize(publisher, terminal);
    if (!outcome) return outcome.error();
    return audience_.is_complete(publisher.newest()) ? kSuccess : kFailure;
}

Result<void> PubCommand::prepare() {
    if (!schema_specification_.empty()) {
        auto schema = Schema::load(schema_specification_);
        if (!schema) return schema.error();
        schema_.emplace(std::move(*schema));
    }
    from_stdin_ = values_.empty() || (values_.size() == 1 && values_.front() == "-");
    if (values_.empty() && ::isatty(STDIN_FILENO) == 1) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "nothing to publish; give a VALUE, or - to type lines"};
    }
    if (from_stdin_) return {};
    for (const std::string& value : values_) {
        auto frame = frame_of(value);
        if (!frame) return frame.error();
        frames_.push_back(std::move(*frame));
    }
    return {};
}

Result<Frame> PubCommand::frame_of(std::string_view value) const {
    return schema_ ? ValueCodec(schema_->root()).parse(value) : Result<Frame>(frame_bytes(value));
}

Result<void> PubCommand::await_listeners(Session& session, RawPublisher& publisher,
                                         Terminal& terminal) {
    const Duration timeout = wait_timeout_.value_or(kWaitTimeout);
    const Instant deadline = session.now() + timeout;
    const Instant speak_at = session.now() + kSilentWait;
    const std::string wanted = counted(wait_, "subscriber") + " of topic '" + printable(topic_) +
                               "' in domain '" + printable(session.node().domain()) + "'";
    bool spoken = false;
    while (publisher.listeners() < wait_) {
        const Instant now = session.now();
        const bool over = session.over();
        if (session.interrupted() || session.output_closed()) return {};
        if (over || now >= deadline) {
            const std::size_t there = publisher.listeners();
            return Error{ErrorCode::TryAgain, 0,
                         "waited " + format_duration(now - session.opened_at()) + " for " + wanted +
                             ", there " + (there == 1 ? "is " : "are ") + std::to_string(there) +
                             ": " + session.why_nobody(topic_, "subscribes to") +
                             (session.mismatch().empty() ? " (--wait 0 publishes anyway)" : "")};
        }
        if (!spoken && now >= speak_at) {
            spoken = true;
            terminal.note("waiting for " + wanted + ", up to " + format_duration(timeout));
        }
        session.wait(std::min(deadline, spoken ? kNever : speak_at));
        session.drain_events(kIgnore);
    }
    if (wait_ > 0) get_acquainted(session);
    return {};
}

void PubCommand::get_acquainted(Session& session) {
    // A subscriber may be known here before it has heard of us, and what comes from strangers is
    // dropped. So leave time for our announcement, and then have a ping answered: who answers has
    // taken in what came long before it.
    Instant until = session.now() + kAnnounceTime;
    while (session.now() < until && !session.over()) {
        session.wait(until);
        session.drain_events(kIgnore);
    }
    std::set<std::uint64_t> tokens;
    for (const PeerInfo& peer : session.node().peers()) {
        const bool listens = std::any_of(
            peer.topics.begin(), peer.topics.end(),
            [&](const PeerTopic& topic) { return topic.subscribes && topic.name == topic_; });
        if (listens) tokens.insert(session.node().ping(peer.id));
    }
    tokens.erase(0);
    until = session.now() + kAnswerTime;
    while (!tokens.empty() && session.now() < until && !session.over()) {
        session.wait(until);
        session.drain_events([&](const Event& event) { tokens.erase(event.token); });
    }
}

void PubCommand::look_around(Session& session, const RawPublisher& publisher) {
    session.drain_events(kIgnore);
    if (!reliable_ || session.now() < look_at_) return;
    look_at_ = session.now() + kLookEvery;
    audience_.update(publisher.receivers());
}

void PubCommand::await_acknowledgement(Session& session, RawPublisher& publisher) {
    session.node().poll();
    session.drain_events(kIgnore);
    if (!reliable_) return;
    // Also after --duration or Ctrl-C; a second Ctrl-C ends it.
    const Instant deadline = session.now() + kAcknowledgeTime;
    bool all = false;
    while (!all && session.now() < deadline && !session.output_closed()) {
        all = publisher.flush_until_acknowledged(std::min(deadline, session.now() + kLookEvery));
        look_around(session, publisher);
    }
    audience_.update(publisher.receivers());
}

bool PubCommand::done(Session& session) const {
    return (count_ && published_ >= *count_) || session.over();
}

void PubCommand::pace(Session& session, const RawPublisher& publisher) {
    if (rate_ <= 0) {
        if (published_ % kPollEvery == 0) {
            session.node().poll();
            look_around(session, publisher);
        }
        return;
    }
    session.node().poll();
    // From the time that was planned, not from now: the rate is kept on average.
    next_at_ += Duration(std::llround(1e9 / rate_));
    while (session.now() < next_at_ && !done(session)) {
        session.wait(next_at_);
        look_around(session, publisher);
    }
}

Result<void> PubCommand::publish_values(Session& session, RawPublisher& publisher) {
    const bool endless = rate_ > 0 && !count_;
    const std::uint64_t all = frames_.size();
    while (!done(session) && (endless || count_ || published_ < all)) {
        const Frame& frame = frames_[published_ % all];
        if (auto taken = publish(session, publisher, frame); !taken) return taken.error();
        // The last one need not wait for its successor.
        if (endless || published_ < count_.value_or(all)) pace(session, publisher);
    }
    return {};
}

Result<void> PubCommand::publish_lines(Session& session, RawPublisher& publisher) {
    LineReader lines(STDIN_FILENO);
    std::string line;
    while (!done(session) && await_line(session, lines, line)) {
        if (schema_ && line.find_first_not_of(" \t\r") == std::string::npos) continue;
        auto frame = frame_of(line);
        const std::string step = "standard input, line " + std::to_string(lines.number());
        if (!frame) {
            // What was typed into the pipe is no usage of this command.
            return Error{ErrorCode::System, 0, step + ": " + frame.error().what};
        }
        if (auto taken = publish(session, publisher, *frame); !taken) {
            return taken.error().within(step);
        }
        pace(session, publisher);
    }
    return {};
}

bool PubCommand::await_line(Session& session, LineReader& lines, std::string& line) {
    while (true) {
        if (auto next = lines.next()) {
            line = std::move(*next);
            return true;
        }
        if (lines.ended() || session.over()) return false;
        if (session.wait_readable(STDIN_FILENO, kNever)) lines.read_some();
        session.drain_events(kIgnore);
    }
}

Result<void> PubCommand::publish(Session& session, RawPublisher& publisher, const Frame& frame) {
    while (!publisher.publish(frame)) {
        const PublisherStats& stats = publisher.stats();
        if (stats.too_large > 0) {
            return Error{ErrorCode::LimitReached, 0,
                         "a message of " + std::to_string(frame.size()) +
                             " bytes is more than the limit of " +
                             std::to_string(common_.node.limits.message_size_max) +
                             "; publish it in parts"};
        }
        if (stats.malformed > 0) {
            return Error{ErrorCode::LimitReached, 0,
                         "a message has more than " + std::to_string(kSegmentsMax) + " segments"};
        }
        if (session.over()) return {};
        session.wait(session.now() + kRefusedWait);
        look_around(session, publisher);
    }
    ++published_;
    return {};
}

std::string PubCommand::acknowledgement(const RawPublisher& publisher) const {
    std::string text = ", " + counted(publisher.stats().repairs, "datagram") + " sent again";
    if (audience_.size() == 0) return text;
    if (audience_.is_complete(publisher.newest()))
        return text + (audience_.size() == 1 ? ", it has everything" : ", all have everything");
    return text + "; not everything arrived";
}

void PubCommand::summarize(const RawPublisher& publisher, Terminal& terminal) const {
    const PublisherStats& stats = publisher.stats();
    const std::uint64_t lost = stats.send_dropped;
    if (common_.json) {
        JsonWriter json;
        json.begin_object().field("topic", topic_).field("published", stats.published);
        json.field("bytes", stats.published_bytes).field("datagrams", stats.datagrams);
        json.field("listeners", std::uint64_t{publisher.listeners()});
        json.field("unheard", stats.unheard).field("send_dropped", lost);
        if (reliable_) {
            json.field("repairs", stats.repairs).field("held_back", stats.held_back);
            json.field("paced", stats.paced).field("newest", publisher.newest());
            json.field("acknowledged", publisher.acknowledged()).key("receivers");
            audience_.write(json, publisher.newest());
        }
        terminal.line(json.end_object().text());
        return;
    }
    terminal.note("published " + counted(stats.published, "message") + " (" +
                  counted(stats.published_bytes, "byte") + ") to " +
                  counted(publisher.listeners(), "listener") +
                  (stats.unheard > 0 ? ", " + std::to_string(stats.unheard) + " unheard" : "") +
                  (lost > 0 ? ", " + std::to_string(lost) + " dropped by a busy device" : "") +
                  (reliable_ ? acknowledgement(publisher) : ""));
    for (const std::string& complaint : audience_.complaints(publisher.newest()))
        terminal.note(complaint);
}

}  // namespace mcast::cli
