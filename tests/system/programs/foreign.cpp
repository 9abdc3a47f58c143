// A relay of foreign groups and nothing else, over kernel sockets: what mcastd does for them.
//
//   foreign [--hears RELAY]... ROUTE...
//
// A ROUTE is a preset's name or GROUP:PORT or broadcast:PORT, and words behind commas that change
// it: keep, replace, oneway, from=e0, to=e1, ttl=N, replies=MS, rate=N, open=MS. --hears RELAY
// lets it believe that a relay of that number carries the same between all its interfaces, until a
// line "silence" comes; it is number 5 itself. A line "routes ROUTE..." changes the routes. Prints
// JSON: open, said, and each 100 ms stats.

#include <poll.h>

#include <unistd.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"
#include "platform/entropy.hpp"
#include "platform/netlink_monitor.hpp"
#include "platform/steady_clock.hpp"
#include "relay/election.hpp"
#include "relay/foreign_relay.hpp"
#include "relay/presets.hpp"
#include "transports/plain/kernel_plain_sockets.hpp"

using namespace mcast;
using namespace mcast::relay;
using probe::Json;
using std::chrono::milliseconds;

namespace {

constexpr std::uint64_t kSelf = 5;

[[noreturn]] void fail(const std::string& why) {
    std::fprintf(stderr, "foreign: %s\n", why.c_str());
    std::exit(1);
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
        parts.push_back(part);
    return parts;
}

InterfaceSelection only(const std::string& selector) {
    const std::vector<std::string> selectors{selector};
    return InterfaceSelection::parse(selectors).value();
}

void change(ForeignRoute& route, const std::string& word) {
    const auto parts = split(word, '=');
    const std::string value = parts.size() > 1 ? parts[1] : "0";
    const std::string& name = parts.front();
    if (name == "keep" || name == "replace")
        route.keep_source = name == "keep";
    else if (name == "oneway")
        route.both = false;
    else if (name == "from")
        route.from = only(value);
    else if (name == "to")
        route.to = only(value);
    else if (name == "ttl")
        route.ttl = static_cast<std::uint8_t>(std::stoi(value));
    else if (name == "replies")
        route.replies = milliseconds(std::stol(value));
    else if (name == "rate")
        route.rate = static_cast<std::uint32_t>(std::stoul(value));
    else if (name == "open")
        route.open = milliseconds(std::stol(value));
    else
        fail("unknown word '" + word + "'");
}

ForeignRoute parse_route(const std::string& text) {
    const auto words = split(text, ',');
    ForeignRoute route;
    route.name = words.front();
    route.both = true;
    if (const Preset* preset = find_preset(words.front()); preset != nullptr) {
        route.destination = preset->destination();
        route.both = preset->both;
        route.keep_source = preset->keep_source;
        route.replies = preset->replies;
        route.ttl = preset->ttl;
    } else if (words.front().starts_with("broadcast:")) {
        const int port = std::stoi(words.front().substr(10));
        route.destination = {Address::ipv4(255, 255, 255, 255), static_cast<std::uint16_t>(port)};
    } else if (const auto group = Endpoint::parse(words.front()); group) {
        route.destination = *group;
    } else {
        fail("'" + words.front() + "' is no preset and no group");
    }
    for (std::size_t i = 1; i < words.size(); ++i)
        change(route, words[i]);
    return route;
}

std::string counters_json(const ForeignCounters& counters) {
    Json json;
    for (std::size_t i = 0; i < kForeignFateCount; ++i)
        json.add(to_string(static_cast<ForeignFate>(i)), counters.fates[i]);
    json.add("received", counters.received());
    json.add("replies", counters.replies);
    json.add("replies dropped", counters.replies_dropped);
    return json.text();
}

class Program {
public:
    Program(std::vector<ForeignRoute> routes, std::vector<std::uint64_t> others)
        : monitor_(platform::make_netlink_monitor().value()),
          sockets_(plain::KernelPlainSockets::open().value()),
          others_(std::move(others)) {
        ForeignOptions options;
        options.key = {platform::random_seed(), platform::random_seed()};
        options.say = [](ForeignWord, const std::string& text) {
            Json("said").add("text", text).print();
        };
        relay_ = std::make_unique<ForeignRelay>(options, *sockets_, nullptr, &election_);
        relay_->set_routes(std::move(routes));
        take_interfaces();
        Json("open").add("keeps source", sockets_->capabilities().keeps_source).print();
    }

    void run() {
        Instant next_tick = clock_.now();
        for (;;) {
            const Instant now = clock_.now();
            if (monitor_->poll()) take_interfaces();
            relay_->poll(now);
            if (now >= next_tick) {
                tick(now);
                next_tick = now + milliseconds(100);
            }
            std::array<pollfd, 3> waits{{{relay_->fd(), POLLIN, 0},
                                         {monitor_->fd(), POLLIN, 0},
                                         {listening_ ? STDIN_FILENO : -1, POLLIN, 0}}};
            const Instant until = std::min(next_tick, relay_->deadline());
            const auto wait = std::chrono::ceil<milliseconds>(until - clock_.now()).count();
            ::poll(waits.data(), waits.size(), static_cast<int>(std::max<std::int64_t>(wait, 0)));
            if (waits[2].revents != 0) listening_ = command();
        }
    }

private:
    // All that is up but loopback.
    void take_interfaces() {
        std::vector<Interface> used;
        for (const Interface& interface : monitor_->interfaces())
            if (interface.up && interface.kind != InterfaceKind::Loopback)
                used.push_back(interface);
        relay_->on_interfaces(used);
    }

    bool command() {
        std::string line;
        if (!std::getline(std::cin, line)) return false;
        const auto words = split(line, ' ');
        if (words.front() == "silence") {
            others_.clear();
        } else if (words.front() == "routes") {
            std::vector<ForeignRoute> routes;
            for (std::size_t i = 1; i < words.size(); ++i)
                routes.push_back(parse_route(words[i]));
            relay_->set_routes(std::move(routes));
        } else {
            fail("unknown command '" + line + "'");
        }
        return true;
    }

    void tick(Instant now) {
        // The others carry what this one does.
        for (const Interface& interface : monitor_->interfaces()) {
            std::vector<std::uint64_t> keys;
            for (const LinkKey& key : relay_->keys())
                if (key.from == interface.index)
                    keys.push_back(Election::toward(key.key, key.to.value));
            for (const std::uint64_t other : others_)
                election_.on_hello(now, interface.index, {{other}, interface.index.value, keys});
        }
        election_.on_deadline(now);
        print_stats();
    }

    void print_stats() const {
        Json stats("stats");
        std::string list;
        for (const ForeignStatus& route : relay_->status()) {
            for (const ForeignDirection& way : route.directions) {
                Json json;
                json.add("route", route.name).add("from", way.from).add("to", way.to);
                json.add("carries", way.carries);
                json.add("breaker", static_cast<int>(way.breaker));
                json.raw("counters", counters_json(way.counters));
                list += (list.empty() ? "" : ",") + json.text();
            }
        }
        stats.raw("ways", "[" + list + "]");
        stats.add("ports", relay_->totals().ports_lent);
        stats.print();
    }

    platform::SteadyClock clock_;
    std::unique_ptr<InterfaceMonitor> monitor_;
    std::unique_ptr<PlainSockets> sockets_;
    Election election_{PeerId{kSelf}};
    std::unique_ptr<ForeignRelay> relay_;
    std::vector<std::uint64_t> others_;
    bool listening_ = true;
};

}  // namespace

int main(int count, char** words) {
    std::vector<ForeignRoute> routes;
    std::vector<std::uint64_t> others;
    for (int i = 1; i < count; ++i) {
        if (std::string_view(words[i]) == "--hears" && i + 1 < count)
            others.push_back(std::strtoull(words[++i], nullptr, 10));
        else
            routes.push_back(parse_route(words[i]));
    }
    Program(std::move(routes), std::move(others)).run();
}
