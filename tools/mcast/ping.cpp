#include "tools/mcast/ping.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <vector>

#include "tools/mcast/duration.hpp"
#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr Duration kInterval = std::chrono::seconds(1);
constexpr Duration kTimeout = std::chrono::seconds(1);
constexpr Duration kWaitTimeout = std::chrono::seconds(5);
constexpr std::size_t kIdDigitsMin = 4;  // fewer could be meant as a name

double microseconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1e3;
}

// How well `wanted` names the peer: 0 not at all, 3 exactly.
int match(const std::string& wanted, const PeerInfo& peer) {
    if (peer.name == wanted) return 3;
    if (wanted.size() >= kIdDigitsMin && to_string(peer.id).starts_with(wanted)) return 2;
    return ::fnmatch(wanted.c_str(), peer.name.c_str(), 0) == 0 ? 1 : 0;
}

}  // namespace

void PingCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("ping", "Round trips through a peer");
    app_->add_option("PEER", wanted_, "Its name, a glob over names ('pad-*'), or how its id begins")
        ->required()
        ->type_name("")
        ->transform(unprotect);
    add_duration(*app_, "--interval", interval_, "Between two pings; default 1s");
    add_count(*app_, "--count", count_, "End after N pings");
    add_duration(*app_, "--timeout", timeout_,
                 "What has not come back by then is lost; default 1s");
    add_duration(*app_, "--wait-timeout", wait_timeout_, "Give up finding the peer; default 5s");
    app_->add_flag("-q,--quiet", quiet_, "Only the summary");
    add_common(*app_, common_);
    app_->footer(
        "Examples:\n"
        "  mcast ping living-room\n"
        "  mcast ping 'pad-*' --count 1000 --interval 10ms --quiet\n"
        "  mcast ping 0123abcd --peer 10.0.0.5 --json\n"
        "Ctrl-C ends it with the summary.");
}

std::optional<PeerInfo> PingCommand::find(const Session& session, std::size_t& others) const {
    std::optional<PeerInfo> best;
    int best_match = 0;
    others = 0;
    std::vector<PeerInfo> all = session.node().peers();
    for (PeerInfo& peer : all) {
        if (peer.id == peer_ && peer.state == PeerState::Silent) best = peer;
        if (peer.state != PeerState::Up) continue;
        if (peer.id == peer_) return peer;
        const int how = match(wanted_, peer);
        if (how == 0) continue;
        others = how == best_match ? others + 1 : how > best_match ? 0 : others;
        if (how > best_match) {
            best_match = how;
            best = std::move(peer);
        }
    }
    return best;
}

Result<void> PingCommand::await_peer(Session& session, Terminal& terminal) {
    const Instant deadline = session.now() + wait_timeout_.value_or(kWaitTimeout);
    std::size_t others = 0;
    std::optional<PeerInfo> found;
    while (!(found = find(session, others))) {
        const bool over = session.over();
        if (session.interrupted() || session.output_closed()) return {};
        if (over || session.now() >= deadline) break;
        session.wait(deadline);
        session.drain_events([](const Event&) {});
    }
    if (!found) {
        std::vector<std::string> names;
        for (const PeerInfo& peer : session.node().peers())
            names.push_back(printable(peer.name));
        const std::string waited = format_duration(session.now() - session.opened_at());
        const std::string near = closest(wanted_, names);
        return Error{
            ErrorCode::TryAgain, 0,
            "no peer '" + printable(wanted_) + "' within " + waited + ": " +
                (names.empty() ? session.why_nobody()
                               : "there " + std::string(names.size() == 1 ? "is " : "are ") +
                                     join(names, ", ") +
                                     (near.empty() ? "" : "; did you mean '" + near + "'?"))};
    }
    if (others > 0) {
        terminal.note("'" + printable(wanted_) + "' means " + counted(others, "more peer") +
                      "; pinging " + printable(found->name) + " (" + to_string(found->id) + ")");
    }
    peer_ = found->id;
    peer_name_ = printable(found->name);
    return {};
}

void PingCommand::ask(Session& session, Terminal& terminal) {
    std::size_t others = 0;
    const auto found = find(session, others);
    const std::uint64_t sequence = ++asked_;
    if (!found) return say_lost(sequence, "the peer is gone", terminal);
    if (found->id != peer_) {
        terminal.note(printable(found->name) + " has started anew as " + to_string(found->id));
        peer_ = found->id;
        peer_name_ = printable(found->name);
    }
    const Instant asked_at = session.now();
    const std::uint64_t token = session.node().ping(peer_);
    if (token == 0) return say_lost(sequence, "no path to the peer", terminal);
    waiting_[token] = {sequence, asked_at};
}

void PingCommand::say_lost(std::uint64_t sequence, const std::string& why, Terminal& terminal) {
    ++lost_;
    if (quiet_) return;
    if (!common_.json) {
        terminal.line("lost " + peer_name_ + ": seq=" + std::to_string(sequence) + " " + why);
        return;
    }
    JsonWriter json;
    json.begin_object().field("peer", peer_name_).field("id", to_string(peer_));
    json.field("sequence", sequence).key("round_trip_us").null().field("lost", why);
    terminal.line(json.end_object().text());
}

void PingCommand::on_pong(Instant now, const Event& event, Terminal& terminal) {
    const auto sent = waiting_.find(event.token);
    if (sent == waiting_.end()) return;
    // Measured here, from before the ping left until its answer can be used. The event's own
    // round_trip ends when the poll began that took the answer in: too early if it came meanwhile.
    const Duration round_trip = now - sent->second.at;
    const std::uint64_t sequence = sent->second.sequence;
    waiting_.erase(sent);
    round_trips_.add(round_trip);
    if (quiet_) return;
    if (!common_.json) {
        terminal.line("pong from " + peer_name_ + " (" + to_string(event.peer) + "): seq=" +
                      std::to_string(sequence) + " time=" + format_duration(round_trip));
        return;
    }
    JsonWriter json;
    json.begin_object().field("peer", peer_name_).field("id", to_string(event.peer));
    json.field("sequence", sequence);
    json.field("round_trip_us", microseconds(round_trip));
    terminal.line(json.end_object().text());
}

void PingCommand::expire(Instant now, Terminal& terminal) {
    const Instant too_old = now - timeout_.value_or(kTimeout);
    for (auto sent = waiting_.begin(); sent != waiting_.end();) {
        if (sent->second.at > too_old) {
            ++sent;
            continue;
        }
        say_lost(sent->second.sequence,
                 "no answer within " + format_duration(timeout_.value_or(kTimeout)), terminal);
        sent = waiting_.erase(sent);
    }
}

Result<int> PingCommand::run(Terminal& terminal) {
    auto opened = Session::open(common_, terminal);
    if (!opened) return opened.error();
    Session& session = **opened;
    if (auto waited = await_peer(session, terminal); !waited) return waited.error();
    const Duration interval =
        std::max<Duration>(interval_.value_or(kInterval), std::chrono::microseconds(1));
    Instant next_at = session.now();
    // After the last ping, only answers are waited for.
    while (peer_ && !session.over()) {
        const Instant now = session.now();
        const bool all_asked = count_ && asked_ >= *count_;
        if (all_asked && waiting_.empty()) break;
        if (!all_asked && now >= next_at) {
            ask(session, terminal);
            // Pings that were missed while this process slept are not made up for.
            next_at = std::max(next_at + interval, now);
        }
        terminal.flush();
        session.wait(all_asked ? kNever : next_at);
        session.drain_events([&](const Event& event) {
            if (event.kind == EventKind::Pong) on_pong(session.now(), event, terminal);
        });
        expire(session.now(), terminal);
    }
    if (!session.output_closed() && peer_) summarize(terminal);
    return round_trips_.count() > 0 || session.interrupted() ? kSuccess : kFailure;
}

void PingCommand::summarize(Terminal& terminal) const {
    const Histogram& all = round_trips_;
    // What is still under way is neither here nor lost.
    const std::uint64_t settled = all.count() + lost_;
    const double loss =
        settled == 0 ? 0 : 100.0 * static_cast<double>(lost_) / static_cast<double>(settled);
    if (common_.json) {
        JsonWriter json;
        json.begin_object().key("summary").begin_object().field("peer", peer_name_);
        json.field("sent", asked_).field("received", all.count()).field("lost", lost_);
        json.field("loss_percent", loss).field("min_us", microseconds(all.min()));
        json.field("mean_us", microseconds(all.mean()));
        json.field("p50_us", microseconds(all.quantile(0.5)));
        json.field("p99_us", microseconds(all.quantile(0.99)));
        json.field("max_us", microseconds(all.max())).key("buckets").begin_array();
        for (const Histogram::Bucket& bucket : all.buckets()) {
            json.begin_object().field("from_us", microseconds(bucket.from));
            json.field("to_us", microseconds(bucket.to)).field("count", bucket.count).end_object();
        }
        terminal.line(json.end_array().end_object().end_object().text());
        return;
    }
    terminal.line("--- " + peer_name_ + ": " + counted(asked_, "ping") + ", " +
                  counted(all.count(), "answer") + ", " + format_percent(loss) + " lost");
    if (all.count() == 0) return;
    terminal.line("min " + format_duration(all.min()) + "  p50 " +
                  format_duration(all.quantile(0.5)) + "  p99 " +
                  format_duration(all.quantile(0.99)) + "  max " + format_duration(all.max()));
    if (all.count() > 1) terminal.text(draw(all));
}

}  // namespace mcast::cli
