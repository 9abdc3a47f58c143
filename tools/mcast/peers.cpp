#include "tools/mcast/peers.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tools/mcast/account.hpp"
#include "tools/mcast/duration.hpp"
#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/names.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr Duration kListen = std::chrono::seconds(2);

std::string type_name(std::uint64_t type) {
    if (type == kAnyType) return "any";
    if (type == kBytesType) return "Bytes";
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%016llx", static_cast<unsigned long long>(type));
    return text.data();
}

std::string_view direction(const PeerTopic& topic) {
    return topic.publishes && topic.subscribes ? "both" : topic.publishes ? "pub" : "sub";
}

std::string round_trip(const PeerInfo& peer) {
    return peer.round_trip == Duration::zero() ? "-" : format_duration(peer.round_trip);
}

// "living-room, 2 hops": through which relay what is sent there goes; empty: straight.
std::string way_round(const PeerPath& path, const PeerInfo& peer,
                      const std::vector<PeerInfo>& peers) {
    if (path.hops == 0) return "";
    std::string relay = peer.relay ? to_string(peer.relay) : "a relay";
    for (const PeerInfo& other : peers)
        if (other.id == peer.relay) relay = printable(other.name);
    return " via " + relay + (path.hops > 1 ? ", " + std::to_string(path.hops) + " hops" : "");
}

void print(const std::vector<PeerInfo>& peers, Names& names, Terminal& terminal) {
    std::vector<std::vector<std::string>> rows{
        {"NAME", "ID", "STATE", "ROUND TRIP", "PATHS", "TOPICS"}};
    for (const PeerInfo& peer : peers) {
        std::vector<std::string> paths;
        for (const PeerPath& path : peer.paths) {
            paths.push_back(names.interface(path.interface) + " " +
                            std::string(to_string(path.way)) + " " + to_string(path.endpoint) +
                            way_round(path, peer, peers) + (path.active ? " *" : ""));
        }
        std::vector<std::string> topics;
        for (const PeerTopic& topic : peer.topics) {
            topics.push_back(std::string(direction(topic)) + " " + printable(topic.name) + " (" +
                             type_name(topic.type_id) + ", " +
                             std::string(to_string(topic.delivery)) + ")");
        }
        // One path and one topic a line, beside each other.
        const std::size_t lines = std::max({paths.size(), topics.size(), std::size_t{1}});
        for (std::size_t i = 0; i < lines; ++i) {
            const std::string path = i < paths.size() ? paths[i] : i == 0 ? "-" : "";
            const std::string topic = i < topics.size() ? topics[i] : i == 0 ? "-" : "";
            if (i == 0) {
                rows.push_back(
                    {printable(peer.name), to_string(peer.id),
                     std::string(to_string(peer.state)) + (peer.is_static ? " (static)" : ""),
                     round_trip(peer), path, topic});
            } else {
                rows.push_back({"", "", "", "", path, topic});
            }
        }
    }
    terminal.text(table(rows));
    terminal.line("* what is sent to the peer goes this way now");
}

void write(const PeerInfo& peer, Names& names, JsonWriter& json) {
    json.begin_object().field("id", to_string(peer.id)).field("name", peer.name);
    json.field("state", to_string(peer.state)).field("static", peer.is_static);
    json.key("relay");
    peer.relay ? json.value(to_string(peer.relay)) : json.null();
    json.key("round_trip_us");
    peer.round_trip == Duration::zero()
        ? json.null()
        : json.value(static_cast<double>(peer.round_trip.count()) / 1e3);
    json.key("paths").begin_array();
    for (const PeerPath& path : peer.paths) {
        json.begin_object().field("interface", names.interface(path.interface));
        json.field("way", to_string(path.way)).field("endpoint", to_string(path.endpoint));
        json.field("active", path.active).field("hops", path.hops).end_object();
    }
    json.end_array().key("topics").begin_array();
    for (const PeerTopic& topic : peer.topics) {
        json.begin_object().field("name", topic.name).field("type", type_name(topic.type_id));
        json.field("delivery", to_string(topic.delivery));
        json.field("publishes", topic.publishes).field("subscribes", topic.subscribes).end_object();
    }
    json.end_array().end_object();
}

bool is_about_peers(EventKind kind) {
    switch (kind) {
        case EventKind::PeerUp:
        case EventKind::PeerSilent:
        case EventKind::PeerBack:
        case EventKind::PeerDown:
        case EventKind::TopicChange:
        case EventKind::InterfaceUp:
        case EventKind::InterfaceDown:
            return true;
        default:
            return false;
    }
}

}  // namespace

void PeersCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("peers", "Who is there, on which paths, with which topics");
    app_->add_flag("--watch", watch_, "Print who comes, goes and changes until interrupted");
    app_->add_option("--topic", topic_,
                     "Subscribe to this topic meanwhile; its streams are shown, too")
        ->type_name("TOPIC");
    add_common(*app_, common_);
    app_->footer(
        "Examples:\n"
        "  mcast peers                        listen for two seconds, print a table\n"
        "  mcast peers --domain tanks -i wlan0 --duration 5s\n"
        "  mcast peers --watch                print who comes and goes\n"
        "  mcast peers --json | jq '.peers[].name'");
}

void PeersCommand::watch(Session& session, Terminal& terminal) const {
    while (!session.over()) {
        session.wait(kNever);
        session.drain_events([&](const Event& event) {
            if (!is_about_peers(event.kind)) return;
            if (!common_.json) return terminal.line(printable(to_string(event)));
            JsonWriter json;
            json.begin_object().field("event", to_string(event.kind));
            if (event.peer) {
                json.field("id", to_string(event.peer)).field("name", event.peer_name);
            }
            if (event.interface) json.field("interface", event.interface_name);
            terminal.line(json.field("text", event.text).end_object().text());
        });
        terminal.flush();
    }
}

Result<int> PeersCommand::run(Terminal& terminal) {
    if (!watch_ && !common_.duration) common_.duration = kListen;
    auto opened = Session::open(common_, terminal);
    if (!opened) return opened.error();
    Session& session = **opened;
    Names names(session.node());
    RawSubscriber subscriber;
    if (!topic_.empty()) {
        subscriber = session.node().raw_subscriber(topic_);
        if (!subscriber)
            return Error{ErrorCode::System, 0, "topic '" + printable(topic_) + "' was refused"};
    }
    if (watch_) {
        watch(session, terminal);
        return kSuccess;
    }
    std::map<std::uint64_t, Instant> asked;  // by token
    std::map<PeerId, Duration> round_trips;
    while (!session.over()) {
        session.wait(kNever);
        subscriber.drain([](const RawSample&) {});
        session.drain_events([&](const Event& event) {
            const Instant now = session.now();
            if (event.kind == EventKind::PeerUp) asked[session.node().ping(event.peer)] = now;
            const auto sent = asked.find(event.token);
            if (event.kind != EventKind::Pong || sent == asked.end()) return;
            // As in `mcast ping`.
            round_trips[event.peer] = now - sent->second;
        });
    }
    std::vector<PeerInfo> peers = session.node().peers();
    for (PeerInfo& peer : peers)
        peer.round_trip = round_trips[peer.id];
    std::sort(peers.begin(), peers.end(), [](const PeerInfo& a, const PeerInfo& b) {
        return std::tie(a.name, a.id) < std::tie(b.name, b.id);
    });
    if (common_.json) {
        JsonWriter json;
        json.begin_object().field("domain", session.node().domain()).key("peers").begin_array();
        for (const PeerInfo& peer : peers)
            write(peer, names, json);
        json.end_array();
        if (const auto streams = session.node().streams(); !streams.empty()) {
            json.key("streams");
            write(streams, json);
        }
        terminal.line(json.end_object().text());
    } else if (peers.empty()) {
        terminal.note("no peers: " + session.why_nobody());
    } else {
        print(peers, names, terminal);
        if (const auto streams = session.node().streams(); !streams.empty())
            terminal.text("\n" + account_table(streams));
    }
    return kSuccess;
}

}  // namespace mcast::cli
