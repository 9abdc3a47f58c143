#include "tools/mcast/bench/command.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "tools/mcast/bench/case_process.hpp"
#include "tools/mcast/bench/idle.hpp"
#include "tools/mcast/bench/open_node.hpp"
#include "tools/mcast/bench/report.hpp"
#include "tools/mcast/bench/results_json.hpp"
#include "tools/mcast/bench/results_text.hpp"
#include "tools/mcast/bench/servant.hpp"
#include "tools/mcast/bench/thread_time.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::bench {
namespace {

constexpr const char* kWhat = "What is measured";
constexpr const char* kHow = "How";
// Both ends meet here unless they are told otherwise; nobody else's domain.
constexpr const char* kDomain = "bench";
constexpr Duration kQuickDuration = std::chrono::milliseconds(500);
constexpr Duration kQuickWarmUp = std::chrono::milliseconds(100);

template <typename T>
bool contains(const std::vector<T>& all, const T& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

std::string check_size(const std::string& text) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error == std::errc{} && end == text.data() + text.size() && size >= kMessageSizeMin &&
        size <= kMessageSizeMax && size % 8 == 0)
        return {};
    return "'" + cli::printable(text) + "' is no size; write bytes, a multiple of 8 from " +
           std::to_string(kMessageSizeMin) + " to " + std::to_string(kMessageSizeMax);
}

std::string check_positive(const std::string& text, double max, const char* what) {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && value > 0 && value <= max) return {};
    return "'" + cli::printable(text) + "' is no " + what;
}

// Nothing without a path.
Result<void> write_file(const std::string& path, const std::string& text) {
    if (path.empty()) return {};
    std::ofstream file(path);
    file << text;
    if (file.flush()) return {};
    return Error{ErrorCode::InvalidArgument, 0, "cannot write '" + cli::printable(path) + "'"};
}

}  // namespace

void BenchCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("bench", "Measure throughput, latency and loss beside the raw path");
    std::vector<std::string> modes = plan_modes();
    modes.emplace_back("serve");
    app_->add_option(
            "MODE", wishes_.mode,
            "all, throughput, rtt, latency, fan-out, loss, reliable or idle; serve: be the other "
            "end, on another machine")
        ->type_name("")
        ->capture_default_str()
        ->check([modes](const std::string& text) {
            if (text == kIdleNode || text == kCaseProcess ||
                std::find(modes.begin(), modes.end(), text) != modes.end())
                return std::string{};
            const std::string near = cli::closest(text, modes);
            return "'" + cli::printable(text) + "' is no mode" +
                   (near.empty() ? "; write one of " + cli::join(modes, ", ")
                                 : "; did you mean '" + near + "'?");
        });
    common_.node.domain = kDomain;
    cli::add_common(*app_, common_);
    // Several of them are measured beside each other: an option of our own takes its place.
    if (CLI::Option* one = app_->get_option_no_throw("--backend")) app_->remove_option(one);
    add_what();
    add_how();
    app_->get_option("--duration")->description("Of each measurement; default 1s");
    app_->footer(
        "Examples, as root (two network namespaces, made and removed again):\n"
        "  mcast bench --quick\n"
        "  mcast bench throughput --size 64 --size 1024 --report report.html\n"
        "  mcast bench rtt --spin --json\n"
        "As anybody, on loopback:\n"
        "  mcast bench latency --interface lo --rate 1000\n"
        "On two machines:\n"
        "  mcast bench serve -i eth1 --name receiver           on the one\n"
        "  mcast bench throughput -i eth1 --to receiver        on the other\n"
        "bench/README.md tells how to read what it prints.");
}

void BenchCommand::add_what() {
    const auto repeatable = [this](const char* name, auto& values, const char* text) {
        return app_->add_option(name, values, text)->allow_extra_args(false)->group(kWhat);
    };
    repeatable("--size", wishes_.sizes, "Bytes of a message, framing included. Repeatable")
        ->type_name("BYTES")
        ->check(check_size);
    repeatable("--rate", wishes_.rates,
               "Messages a second, instead of as many as arrive. Repeatable for latency")
        ->type_name("N")
        ->check([](const std::string& text) {
            return check_positive(text, 1e9, "rate; write messages a second, up to 1e9");
        });
    repeatable("--path", path_names_,
               "Only this one: typed, ready (ready-made messages), raw-single, raw-packed, "
               "raw-segmented, raw-capnp, raw-ring, raw-dpdk. Repeatable")
        ->type_name("NAME")
        ->check([](const std::string& text) {
            return parse_path(text) ? std::string{}
                                    : "'" + cli::printable(text) + "' is no path; see --help";
        });
    repeatable("--backend", wishes_.backends, "Only this one of libmcast's. Repeatable")
        ->type_name("NAME")
        ->check([](const std::string& text) {
            // What it lacks here is said when all of the command line is known.
            return contains(backend_names(), text)
                       ? std::string{}
                       : "'" + cli::printable(text) + "' is no backend; there are " +
                             cli::join(backend_names(), ", ");
        });
    repeatable(
        "--drop", drop_percents_,
        "Percent of datagrams that the receiving host drops (loss, latency, reliable). Repeatable")
        ->type_name("PERCENT")
        ->check([](const std::string& text) {
            return check_positive(text, 90, "percentage; write e.g. 1 or 0.5, up to 90");
        });
    app_->add_option("--delivery", delivery_, "best-effort or latest")
        ->type_name("NAME")
        ->capture_default_str()
        ->group(kWhat)
        ->check([](const std::string& text) -> std::string {
            if (text == "best-effort" || text == "latest") return {};
            return "'" + cli::printable(text) + "' is no delivery; write best-effort or latest";
        });
    cli::add_count(*app_, "--subscribers", subscribers_, "Of fan-out; default 3")->group(kWhat);
}

void BenchCommand::add_how() {
    cli::add_count(*app_, "--rounds", rounds_, "Of each group, in turns; default 5")->group(kHow);
    cli::add_duration(*app_, "--warm-up", warm_up_, "Before each measurement; default 200ms")
        ->group(kHow);
    cli::add_count(*app_, "--batch", batch_, "Messages between two polls; default: two full runs")
        ->group(kHow);
    app_->add_option("--window", wishes_.window,
                     "Datagrams that may be under way unacknowledged; 0: send regardless")
        ->check(CLI::Range(std::size_t{0}, kWindowMax))
        ->type_name("N")
        ->capture_default_str()
        ->group(kHow);
    app_->add_flag("--spin", wishes_.spin, "Both ends poll without sleeping")->group(kHow);
    app_->add_flag("--sleep", wishes_.sleep, "Both ends sleep while there is nothing to do")
        ->group(kHow);
    app_->add_option("--cores", cores_,
                     "Cores of the sending end and of the others, e.g. 0,1; none: not pinned")
        ->type_name("LIST")
        ->group(kHow);
    app_->add_option("--seed", place_.seed, "Of the order of cases within a round")
        ->type_name("N")
        ->capture_default_str()
        ->group(kHow);
    app_->add_flag("--quick", quick_, "One short round")->group(kHow);
    app_->add_option("--to", to_,
                     "Measure to `mcast bench serve` of this name or glob, on other machines")
        ->type_name("NAME")
        ->group(kHow)
        ->transform(cli::unprotect);
    app_->add_option("--report", report_, "Write a page with plots, all in one file")
        ->type_name("FILE.html")
        ->group(kHow);
    app_->add_option("--json-file", json_file_, "Write the JSON here, whatever is printed")
        ->type_name("FILE.json")
        ->group(kHow);
    app_->add_option("--peers", peers_file_,
                     "Other libraries' figures for the report, a JSON object a line (bench/peers)")
        ->type_name("FILE")
        ->group(kHow);
}

Result<void> BenchCommand::choose_cores() {
    if (cores_ == "none") return {};
    if (cores_.empty()) {
        // A core for each end; with only one there is nothing to choose.
        for (int i = 0; i < core_count() && core_count() > 1; ++i)
            place_.cores.push_back(core_at(i));
        return {};
    }
    for (const char* at = cores_.data(); const char* const end = cores_.data() + cores_.size();) {
        int core = 0;
        const auto [next, error] = std::from_chars(at, end, core);
        if (error != std::errc{} || core < 0 || (next != end && *next != ',')) {
            return Error{ErrorCode::InvalidArgument, 0,
                         "--cores: '" + cli::printable(cores_) +
                             "' is no list of cores; write e.g. 0,1 or none"};
        }
        place_.cores.push_back(core);
        if (next == end) return {};
        at = next + 1;
    }
    return {};
}

Result<void> BenchCommand::prepare() {
    for (const std::string& name : path_names_)
        wishes_.paths.push_back(*parse_path(name));
    for (const double percent : drop_percents_)
        wishes_.drops.push_back(percent / 100);
    if (!to_.empty()) place_.to = to_;
    place_.namespaces = common_.node.interfaces.empty() && to_.empty();
    if (auto chosen = choose_backends(); !chosen) return chosen;
    // Beside the backend that uses one, or by itself.
    wishes_.ring = has_ring() && (contains(wishes_.backends, std::string("uring")) ||
                                  contains(wishes_.paths, Path::RawRing));
    wishes_.latest = delivery_ == "latest";
    wishes_.batch = batch_.value_or(0);
    wishes_.subscribers = subscribers_.value_or(wishes_.subscribers);
    if (quick_) place_.timing = {kQuickDuration, kQuickWarmUp};
    place_.rounds = rounds_.value_or(quick_ ? 1 : place_.rounds);
    place_.timing.duration = common_.duration.value_or(place_.timing.duration);
    place_.timing.warm_up = warm_up_.value_or(place_.timing.warm_up);
    place_.common = common_;
    return choose_cores();
}

Result<void> BenchCommand::choose_backends() {
    const Backends found = backends(place_.namespaces, place_.to.has_value());
    for (const Backends::Missing& missing : found.missing) {
        if (wishes_.backends.empty()) {
            place_.left_out.push_back(missing.name + ": " + missing.why);
        } else if (contains(wishes_.backends, missing.name)) {
            return Error{ErrorCode::InvalidArgument, 0,
                         "--backend " + missing.name + ": " + missing.why};
        }
    }
    if (wishes_.backends.empty()) wishes_.backends = found.usable;
    return {};
}

Result<int> BenchCommand::serve(cli::Terminal& terminal) {
    cli::CommonOptions exchange = common_;
    exchange.node = exchange_options(common_.node);
    auto session = cli::Session::open(exchange, terminal);
    if (!session) return session.error();
    auto interface = interface_of(**session);
    if (!interface && (*session)->over()) return cli::kSuccess;
    if (!interface) return interface.error();
    Servant servant(**session, common_.node, *interface);
    servant.serve();
    return cli::kSuccess;
}

Result<int> BenchCommand::run(cli::Terminal& terminal) {
    if (wishes_.mode == "serve") return serve(terminal);
    if (wishes_.mode == kCaseProcess) {
        if (auto chosen = choose_cores(); !chosen) return chosen.error();
        auto done = be_case_process(common_, place_.cores, terminal);
        return done ? Result<int>(cli::kSuccess) : done.error();
    }
    if (auto prepared = prepare(); !prepared) return prepared.error();
    if (wishes_.mode == kIdleNode) {
        auto said = be_idle(common_.node, wishes_.backends.front(), place_.timing);
        if (!said) return said.error();
        terminal.line(*said);
        return cli::kSuccess;
    }
    const std::vector<Group> groups = plan(wishes_);
    if (groups.empty()) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "nothing is left to measure: " + wishes_.mode +
                         " does not have these --path and --backend"};
    }
    std::vector<PeerRow> peers;
    if (!peers_file_.empty()) {
        auto read = read_peer_rows(peers_file_);
        if (!read) return read.error();
        peers = std::move(*read);
    }
    // Better now than after minutes of measuring.
    for (const std::string& path : {report_, json_file_}) {
        if (auto written = write_file(path, {}); !written) return written.error();
    }
    auto suite = carry_out(groups, place_, terminal);
    if (!suite) return suite.error();
    if (auto shown = show(*suite, peers, terminal); !shown) return shown.error();
    return suite->interrupted ? cli::kFailure : cli::kSuccess;
}

Result<void> BenchCommand::show(const Suite& suite, const std::vector<PeerRow>& peers,
                                cli::Terminal& terminal) const {
    const std::vector<Goal> reached = goals(suite.groups, wishes_.backends);
    const std::string json = results_json(suite, place_, reached, peers);
    if (common_.json) {
        terminal.line(json);
    } else {
        terminal.text(results_text(suite, place_) + peers_text(peers) + goals_text(reached));
    }
    if (auto written = write_file(json_file_, json + "\n"); !written) return written;
    return write_file(report_, report(suite, place_, reached, peers));
}

}  // namespace mcast::bench
