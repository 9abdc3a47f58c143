#include "tools/mcastd/daemon.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <utility>

#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/moment.hpp"
#include "tools/mcastd/snapshot_json.hpp"

namespace mcastd {

using mcast::Error;
using mcast::ErrorCode;
using mcast::Result;

namespace {

constexpr mcast::Duration kTick = std::chrono::seconds(1);
// What the last run left and nobody took by then is of interfaces and domains that are gone.
constexpr mcast::Duration kKeptGrace = std::chrono::seconds(10);
constexpr std::string_view kRequests = "status, interfaces, peers, topics, rules, why or reload";

// Bytes of memory that are resident now (proc(5), statm).
std::uint64_t resident_size() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    file >> all >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string mebibytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

std::string rule_text(const mcast::relay::Rule& rule) {
    std::string text(to_string(rule.action));
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) text += " " + std::string(name) + "=" + value;
    };
    add("from", mcast::cli::join(rule.from, ","));
    add("to", mcast::cli::join(rule.to, ","));
    if (rule.source) add("source", to_string(*rule.source));
    add("domain", rule.domain);
    add("topic", rule.topic);
    if (rule.group) add("group", to_string(*rule.group));
    add("peer", rule.peer);
    if (rule.rate != 0) add("rate", std::to_string(rule.rate));
    return text;
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::open(Parts parts, Config config) {
    std::unique_ptr<Daemon> daemon(new Daemon(std::move(parts), std::move(config)));
    const Result<void> started = daemon->start();
    if (!started) return started.error();
    return daemon;
}

Result<void> Daemon::start() {
    started_ = EventLoop::now();
    started_at_ = loaded_at_ = wall_now();
    auto loop = EventLoop::make();
    if (!loop) return loop.error();
    loop_ = std::move(*loop);
    // Before anything starts a thread, so that all inherit the mask.
    const auto signals = loop_->on_signals({SIGTERM, SIGINT, SIGHUP},
                                           [this](const Signal& signal) { on_signal(signal); });
    if (!signals) return signals.error();
    // A control client or a log reader that is gone is no reason to end.
    std::signal(SIGPIPE, SIG_IGN);

    loop_->set_busy_poll(config_.busy_poll);
    if (!config_.control.socket.empty()) {
        auto control = ControlServer::open(*loop_, config_.control.socket,
                                           [this](std::string_view request, const Asker& asker) {
                                               return answer(request, asker);
                                           });
        if (!control) return control.error();
        control_ = std::move(*control);
    }
    // The last run may have had another port for groups, and this one for unicast of any domain.
    parts_.manager.release_port(config_.port);
    relaying_ = std::make_unique<Relaying>(*loop_, parts_.log, parts_.manager);
    if (const Result<void> relays = relaying_->apply(config_); !relays) return relays.error();
    auto foreign = ForeignGroups::open(*loop_, parts_.log, *relaying_, parts_.manager);
    if (!foreign) return foreign.error();
    foreign_ = std::move(*foreign);
    foreign_->apply(config_);
    if (config_.metrics.listen) {
        auto http = HttpEndpoint::open(*config_.metrics.listen);
        if (!http) return http.error();
        http_ = std::move(*http);
    }
    loop_->add_turn([this] { return relaying_->poll(); });
    loop_->add_turn([this] { return foreign_->poll(); });
    loop_->every(kTick, [this] { each_second(); });
    if (const auto interval = parts_.manager.watchdog_interval(); interval.count() > 0)
        loop_->every(interval, [this] { parts_.manager.alive(); });
    return {};
}

void Daemon::run() {
    each_second();
    parts_.log.write(LogLevel::Info, "started",
                     "relay '" + relay_name(config_) + "', configuration " +
                         (parts_.config_path.empty() ? "none" : parts_.config_path),
                     {{"pid", static_cast<std::uint64_t>(::getpid())}});
    parts_.manager.ready(status_);
    loop_->run();
    parts_.manager.stopping("stopped by signal " + std::to_string(ended_by_.number));
    parts_.log.write(LogLevel::Info, "stopped",
                     "after " + duration_text(EventLoop::now() - started_),
                     {{"signal", static_cast<std::uint64_t>(ended_by_.number)},
                      {"by_pid", static_cast<std::uint64_t>(ended_by_.pid)}});
    control_.reset();
    http_.reset();
    foreign_.reset();
    relaying_.reset();
    const Result<void> noted = parts_.record.end(RunEnd::Stopped, "", ended_by_);
    if (!noted) parts_.log.warning("state-file", noted.error().what);
}

void Daemon::on_signal(const Signal& signal) {
    if (signal.number == SIGHUP) {
        static_cast<void>(reload("SIGHUP from pid " + std::to_string(signal.pid)));
        return;
    }
    ended_by_ = signal;
    loop_->stop();
}

Result<std::vector<std::string>> Daemon::reload(std::string_view asked_by) {
    parts_.manager.reloading();
    Result<Loaded> loaded = parts_.load();
    const Result<void> applied = loaded ? apply(std::move(loaded->config)) : loaded.error();
    parts_.manager.ready(status_);
    if (!applied) {
        restore_metrics();
        ++reloads_refused_;
        // All that is wrong goes to whoever asked; what is kept and logged is the first line.
        reload_error_ = applied.error().what.substr(0, applied.error().what.find('\n'));
        parts_.log.write(LogLevel::Error, "reload-refused", "nothing was changed: " + reload_error_,
                         {{"asked_by", asked_by}});
        return applied.error();
    }
    ++reloads_;
    reload_error_.clear();
    loaded_at_ = wall_now();
    parts_.log.write(LogLevel::Info, "reloaded", "the configuration was read again and applied",
                     {{"asked_by", asked_by}});
    for (const std::string& warning : loaded->warnings)
        parts_.log.warning("configuration", warning);
    if (http_) http_->publish(snapshot(Detail::Counts));  // a new one has nothing to show yet
    return std::move(loaded->warnings);
}

Result<std::unique_ptr<HttpEndpoint>> Daemon::open_metrics(const MetricsConfig& metrics) {
    if (!metrics.listen) return std::unique_ptr<HttpEndpoint>();
    auto opened = HttpEndpoint::open(*metrics.listen);
    // It may be we ourselves who hold the port: 127.0.0.1 and 0.0.0.0 cannot both have it.
    if (!opened && opened.error().code == ErrorCode::AddressInUse && http_ &&
        http_->port() == metrics.listen->port) {
        http_.reset();
        opened = HttpEndpoint::open(*metrics.listen);
    }
    return opened;
}

void Daemon::restore_metrics() {
    if (http_ || !config_.metrics.listen) return;
    auto opened = HttpEndpoint::open(*config_.metrics.listen);
    if (!opened) return parts_.log.warning("configuration", opened.error().what);
    http_ = std::move(*opened);
    http_->publish(snapshot(Detail::Counts));
}

Result<void> Daemon::apply(Config config) {
    // All that can fail comes first; then nothing does.
    if (config.control != config_.control) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "[control] cannot be changed while the daemon runs: restart it"};
    }
    std::unique_ptr<HttpEndpoint> http;
    const bool other_metrics =
        config.metrics != config_.metrics || (config.metrics.listen && !http_);
    if (other_metrics) {
        auto opened = open_metrics(config.metrics);
        if (!opened) return opened.error();
        http = std::move(*opened);
    }
    if (const Result<void> relays = relaying_->apply(config); !relays) return relays.error();
    foreign_->apply(config);
    if (other_metrics) http_ = std::move(http);
    parts_.log.configure(config.log);
    loop_->set_busy_poll(config.busy_poll);
    config_ = std::move(config);
    return {};
}

Result<std::string> Daemon::answer(std::string_view request, const Asker& asker) {
    if (request == "status") return status_json(snapshot(Detail::Counts));
    if (request == "interfaces") return interfaces_json(snapshot(Detail::Counts));
    if (request == "peers") return peers_json(snapshot(Detail::Lists));
    if (request == "topics") return topics_json(snapshot(Detail::Lists));
    if (request == "rules") return rules_json(snapshot(Detail::Lists));
    mcast::cli::JsonWriter json;
    if (request == "why") {
        json.begin_object().key("running").raw(run_json(parts_.record.current())).key("last");
        const auto& previous = parts_.record.previous();
        previous ? json.raw(run_json(*previous)) : json.null();
        return json.end_object().text();
    }
    if (request == "reload") return answer_reload(asker);
    return Error{ErrorCode::InvalidArgument, 0,
                 "'" + mcast::cli::clipped(mcast::cli::printable(request), 40) +
                     "' is no request; there are " + std::string(kRequests)};
}

Result<std::string> Daemon::answer_reload(const Asker& asker) {
    if (!asker.may_change()) {
        return Error{ErrorCode::PermissionDenied, 0,
                     "reload: user " + std::to_string(asker.uid) +
                         " may look only; ask as root or as the daemon's own user"};
    }
    const auto warnings = reload("pid " + std::to_string(asker.pid));
    if (!warnings) return warnings.error();
    mcast::cli::JsonWriter json;
    json.begin_object().field("reloaded", true).field("text", "reloaded " + parts_.config_path);
    json.key("warnings").begin_array();
    for (const std::string& warning : *warnings)
        json.value(warning);
    return json.end_array().end_object().text();
}

void Daemon::each_second() {
    Snapshot all = snapshot(Detail::Counts);
    rates_.look(EventLoop::now(), all);
    if (all.memory.used > all.memory.max) shed(all.memory.used);
    parts_.log.tell_suppressed();
    tell_unsaid();
    if (EventLoop::now() >= started_ + kKeptGrace) parts_.manager.remove_kept();
    const std::string status = status_line(all);
    if (status != status_) {
        status_ = status;
        parts_.manager.status(status_);
    }
    if (http_) http_->publish(std::move(all));
}

void Daemon::shed(std::uint64_t used) {
    relaying_->shed();
    const std::uint64_t left = resident_size();
    const std::string limit = "limits.memory allows " + mebibytes(config_.limits.memory);
    if (left <= config_.limits.memory)
        parts_.log.warning("memory", mebibytes(used) + " were in use, " + limit +
                                         ": what is held for repair and idle flows were given up");
    else
        parts_.log.warning("memory", mebibytes(left) + " are in use, " + limit +
                                         ", and no more can be given up: raise it; until then "
                                         "nothing is held for repair");
}

void Daemon::tell_unsaid() {
    const std::uint64_t unsaid = parts_.manager.unsaid();
    if (unsaid == unsaid_) return;
    parts_.log.warning("service-manager",
                       mcast::cli::counted(unsaid - unsaid_, "message") +
                           " to it did not get through: it may not know our state, nor keep all "
                           "sockets over a restart; see that it runs and reads NOTIFY_SOCKET");
    unsaid_ = unsaid;
}

std::string Daemon::status_line(const Snapshot& all) const {
    const auto used = std::count_if(all.interfaces.begin(), all.interfaces.end(),
                                    [](const InterfaceView& one) { return one.in_use; });
    return mcast::cli::counted(static_cast<std::size_t>(used), "interface") + ", " +
           mcast::cli::counted(all.peer_count, "peer") + ", " +
           mcast::cli::counted(all.topic_count, "topic") +
           (all.not_ready_why.empty() ? "" : "; " + all.not_ready_why);
}

void Daemon::add_rules(Snapshot& all, Detail detail) const {
    const mcast::relay::RuleSet& rules = relaying_->rules();
    const auto fill = [&](RuleView& view, std::uint32_t rule) {
        const mcast::relay::RuleUse& use = rules.use(rule);
        view.hits = use.hits;
        view.drops = use.drops;
        if (use.hits > 0) view.last_hit_ago = EventLoop::now() - use.last_at;
    };
    for (const mcast::relay::Rule& rule : config_.rules) {
        RuleView& view = all.rules.emplace_back();
        fill(view, static_cast<std::uint32_t>(all.rules.size() - 1));
        view.index = all.rules.size();
        view.line = rule.line.value;
        if (detail == Detail::Lists) view.text = rule_text(rule);
    }
    RuleView& fallback = all.rules.emplace_back();
    fill(fallback, mcast::relay::kNoRule);
    fallback.text = std::string(to_string(config_.fallback)) + " what no rule decides";
}

Snapshot Daemon::snapshot(Detail detail) const {
    Snapshot all;
    all.name = relay_name(config_);
    all.version = MCAST_VERSION;
    all.pid = ::getpid();
    all.started_at = started_at_;
    all.uptime = EventLoop::now() - started_;
    all.config_path = parts_.config_path;
    all.config_loaded_at = loaded_at_;
    all.reloads = reloads_;
    all.reloads_refused = reloads_refused_;
    all.reload_error = reload_error_;
    if (const auto& previous = parts_.record.previous()) all.previous_end = sentence(*previous);
    relaying_->add_to(all, detail);
    foreign_->add_to(all);
    rates_.fill(all);
    add_rules(all, detail);
    if (std::none_of(all.interfaces.begin(), all.interfaces.end(),
                     [](const InterfaceView& one) { return one.in_use; }))
        all.not_ready_why = "no interface can be used yet";
    all.memory = {resident_size(), config_.limits.memory};
    all.flows.max = config_.limits.flows_max;
    if (control_) {
        all.control_clients = control_->clients();
        all.control_dropped = control_->dropped();
        all.control_refused = control_->refused();
    }
    all.log_suppressed = parts_.log.suppressed();
    all.log_lost = parts_.log.lost();
    return all;
}

}  // namespace mcastd
