#include "tools/mcast/session.hpp"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <vector>

#include "tools/backend/backend.hpp"
#include "tools/mcast/duration.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// A signal handler can only reach what is global.
std::atomic<Node*> woken_node{nullptr};
volatile std::sig_atomic_t stop_requested = 0;

void on_stop_signal(int) {
    stop_requested = 1;
    if (Node* node = woken_node.load()) node->wake();
}

void catch_stop_signals() {
    struct sigaction action {};
    action.sa_handler = on_stop_signal;
    // Once only: a second Ctrl-C ends a command that hangs.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

// So long may interfaces take to come up before their absence is worth a word.
constexpr Duration kSettle = std::chrono::milliseconds(300);

}  // namespace

Session::~Session() {
    woken_node = nullptr;
}

Result<std::unique_ptr<Session>> Session::open(const CommonOptions& options, Terminal& terminal) {
    auto session = std::make_unique<Session>(terminal);
    NodeOptions node_options = options.node;
    // Trouble comes as events, too, which have more to tell; the log adds what has no event.
    node_options.log = [&terminal](LogLevel level, std::string_view line) {
        if (level >= LogLevel::Warning) terminal.note(printable(line));
    };
    auto node = tools::open_node(node_options, options.backend);
    if (!node) return node.error();
    if (const std::string why = tools::why_not(*node, options.backend); !why.empty())
        terminal.note(printable(why));
    session->node_.emplace(std::move(*node));
    session->opened_at_ = session->now();
    if (options.duration) session->ends_at_ = session->opened_at_ + *options.duration;
    woken_node = &*session->node_;
    catch_stop_signals();
    return session;
}

bool Session::interrupted() const {
    return stop_requested != 0;
}

bool Session::over() {
    output_closed_ = output_closed_ || terminal_.closed();
    return output_closed_ || interrupted() || now() >= ends_at_;
}

Instant Session::limited(Instant deadline) const {
    return std::min({deadline, ends_at_, now() + kLookAround});
}

void Session::wait(Instant deadline) {
    node_->wait_until(limited(deadline));
}

bool Session::wait_readable(int descriptor, Instant deadline) {
    node_->poll();
    Duration left = std::min(limited(deadline), node_->next_deadline()) - now();
    // A backend without a descriptor has to be looked at.
    if (node_->fd() < 0) left = std::min<Duration>(left, std::chrono::milliseconds(1));
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    pollfd wanted[] = {{descriptor, POLLIN, 0}, {node_->fd(), POLLIN, 0}};
    const int ready = ::poll(wanted, 2, static_cast<int>(std::max<std::int64_t>(milliseconds, 0)));
    node_->poll();
    // Its end and errors, too, are there to be read.
    return ready > 0 && wanted[0].revents != 0;
}

void Session::tell(const Event& event) {
    switch (event.kind) {
        case EventKind::TypeMismatch:
            // The log has said it already; this is for why_nobody(). Another delivery is no reason
            // to hear nothing.
            mismatch_ = printable(event.text);
            break;
        case EventKind::Gap:
            tell_gap(event);
            break;
        case EventKind::Lagged:
        case EventKind::CaughtUp:
            terminal_.note(printable(to_string(event)));
            break;
        default:
            break;
    }
}

void Session::tell_gap(const Event& event) {
    // A stream that is being lost should not bury everything else.
    constexpr std::uint64_t kGapsTold = 3;
    if (gaps_told_ < kGapsTold) {
        ++gaps_told_;
        terminal_.note(printable(to_string(event)));
    } else {
        ++gaps_untold_;
    }
}

void Session::look_around() {
    look_at_ = now() + kLookAround;
    if (gaps_untold_ > 0) terminal_.note("and " + counted(gaps_untold_, "more gap"));
    gaps_told_ = gaps_untold_ = 0;
    tell_if_unusable();
}

void Session::tell_if_unusable() {
    const std::vector<InterfaceStatus> all = node_->interfaces();
    const bool usable = std::any_of(all.begin(), all.end(),
                                    [](const InterfaceStatus& status) { return status.attached; });
    if (usable) {
        if (unusable_told_) terminal_.note("there is a usable interface now");
        unusable_told_ = false;
        interface_seen_ = true;
    } else if (!unusable_told_ && (interface_seen_ || now() - opened_at_ > kSettle)) {
        unusable_told_ = true;
        terminal_.note("no usable interface, waiting for one: " + list_interfaces());
    }
}

std::string Session::list_interfaces() const {
    std::vector<std::string> parts;
    for (const InterfaceStatus& status : node_->interfaces()) {
        const bool broken = status.eligibility.eligible && !status.attached;
        parts.push_back(printable(status.interface.name) + " (" +
                        printable(broken ? status.problem : status.eligibility.reason) + ")");
    }
    return parts.empty() ? "this host has none" : join(parts, ", ");
}

std::string Session::why_nobody(std::string_view topic, std::string_view does) const {
    std::vector<std::string> used;
    for (const InterfaceStatus& status : node_->interfaces()) {
        if (status.attached) used.push_back(printable(status.interface.name));
    }
    if (used.empty()) return "no interface is usable: " + list_interfaces();
    if (!mismatch_.empty()) return mismatch_ + "; use the same --schema on both sides";
    const std::string domain = printable(node_->domain());
    std::vector<std::string> names;
    for (const PeerInfo& peer : node_->peers()) {
        if (peer.state == PeerState::Up) names.push_back(printable(peer.name));
    }
    if (!names.empty()) {
        const std::size_t count = names.size();
        if (count > 5) names.resize(5);
        return counted(count, "peer") + " heard in domain '" + domain + "' (" + join(names, ", ") +
               (count > 5 ? ", …" : "") + "), but none of them " + std::string(does) + " topic '" +
               printable(topic) + "'; `mcast peers` shows their topics";
    }
    const std::string where = join(used, ", ");
    if (node_->stats().dropped[DropCause::OtherDomain] > 0) {
        return "nobody in domain '" + domain + "' was heard on " + where +
               ", but other domains were: is --domain the right one?";
    }
    return "no other node was heard on " + where +
           "; is one running, in the same network and on the same --port, and does a firewall let "
           "UDP through?";
}

}  // namespace mcast::cli
