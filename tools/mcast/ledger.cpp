#include "tools/mcast/ledger.hpp"

#include <algorithm>

#include "tools/mcast/account.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr Duration kRefresh = std::chrono::milliseconds(250);

}  // namespace

void LedgerCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("ledger", "What became of each datagram of a topic, by cause");
    add_topic(*app_, topic_);
    CLI::Option* reliable = app_->add_flag("--reliable", reliable_,
                                           "Ask for what is lost, as a reliable subscriber does");
    app_->add_flag("--latest", latest_, "Only the newest message matters")->excludes(reliable);
    add_common(*app_, common_);
    app_->footer(
        "Examples:\n"
        "  mcast ledger log --reliable                     until interrupted, then a table\n"
        "  mcast ledger input --duration 10s --json        for programs\n"
        "Of each stream: sent = delivered + waiting + missing + lost. It fails if that is not so.");
}

Result<int> LedgerCommand::run(Terminal& terminal) {
    auto opened = Session::open(common_, terminal);
    if (!opened) return opened.error();
    Session& session = **opened;
    const Delivery delivery = reliable_ ? Delivery::Reliable
                              : latest_ ? Delivery::Latest
                                        : Delivery::BestEffort;
    RawSubscriber subscriber =
        session.node().raw_subscriber(topic_, kAnyType, {.delivery = delivery});
    if (!subscriber) {
        return Error{ErrorCode::System, 0, "topic '" + printable(topic_) + "' was refused"};
    }
    const bool live = terminal.has_live_line(true);
    Instant refresh_at = session.now();
    while (!session.over()) {
        session.wait(live ? refresh_at : kNever);
        // Before a publisher that leaves is forgotten.
        update(session);
        session.drain_events([](const Event&) {});
        subscriber.drain([](const RawSample&) {});
        const Instant now = session.now();
        if (live && now >= refresh_at) {
            refresh_at = now + kRefresh;
            terminal.status(status());
        }
    }
    update(session);
    terminal.status("");
    if (session.output_closed()) return kSuccess;
    return summarize(session, terminal, subscriber.publishers() > 0);
}

void LedgerCommand::update(const Session& session) {
    for (StreamInfo& stream : session.node().streams()) {
        if (stream.topic != topic_) continue;
        auto key = std::pair(stream.publisher, stream.topic);
        streams_[std::move(key)] = std::move(stream);
    }
}

std::vector<StreamInfo> LedgerCommand::streams() const {
    std::vector<StreamInfo> all;
    for (const auto& [key, stream] : streams_)
        all.push_back(stream);
    std::stable_sort(all.begin(), all.end(), [](const StreamInfo& a, const StreamInfo& b) {
        return a.peer_name < b.peer_name;
    });
    return all;
}

std::string LedgerCommand::status() const {
    if (streams_.empty()) return "nobody publishes '" + printable(topic_) + "' so far";
    std::vector<std::string> parts;
    for (const StreamInfo& stream : streams())
        parts.push_back(account(stream));
    return join(parts, "  |  ");
}

Result<int> LedgerCommand::summarize(const Session& session, Terminal& terminal,
                                     bool published) const {
    const std::vector<StreamInfo> all = streams();
    const bool sound = std::all_of(all.begin(), all.end(), sums);
    if (common_.json) {
        JsonWriter json;
        json.begin_object().field("topic", topic_).key("streams");
        write(all, json);
        terminal.line(json.field("sums", sound).end_object().text());
    } else if (all.empty()) {
        terminal.note("no stream: " + (published ? "its publishers were silent"
                                                 : session.why_nobody(topic_, "publishes to")));
    } else {
        terminal.text(account_table(all));
        terminal.line(sound ? "sent = delivered + waiting + missing + lost: it sums"
                            : "sent is not delivered + waiting + missing + lost");
    }
    return sound ? kSuccess : kFailure;
}

}  // namespace mcast::cli
