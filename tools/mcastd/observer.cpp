#include "tools/mcastd/observer.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "mcast/event.hpp"
#include "platform/host_name.hpp"
#include "tools/mcastd/node_view.hpp"

namespace mcastd {

using mcast::Event;
using mcast::EventKind;
using mcast::Instant;
using mcast::Node;
using mcast::NodeOptions;
using mcast::Result;

namespace {

std::vector<std::string> domains_of(const Config& config) {
    std::vector<std::string> names;
    for (const DomainConfig& domain : config.domains)
        names.push_back(domain.name);
    if (names.empty()) names.push_back(NodeOptions{}.domain);
    return names;
}

LogLevel level_of(EventKind kind) {
    switch (kind) {
        case EventKind::InterfaceFailed:
        case EventKind::Refused:
            return LogLevel::Warning;
        case EventKind::PeerUp:
        case EventKind::PeerDown:
        case EventKind::InterfaceUp:
        case EventKind::InterfaceDown:
            return LogLevel::Info;
        default:
            return LogLevel::Debug;
    }
}

}  // namespace

std::string relay_name(const Config& config) {
    return config.name.empty() ? mcast::platform::host_name() : config.name;
}

bool same_nodes(const Config& a, const Config& b) {
    const auto parts = [](const Config& config) {
        return std::make_tuple(relay_name(config), config.interfaces, config.peers, config.port,
                               domains_of(config));
    };
    return parts(a) == parts(b);
}

Result<std::unique_ptr<Observer>> Observer::open(const Config& config, EventLoop& loop, Log& log) {
    std::unique_ptr<Observer> observer(new Observer(loop, log));
    for (const std::string& domain : domains_of(config)) {
        NodeOptions options;
        options.domain = domain;
        options.name = relay_name(config);
        options.interfaces = config.interfaces;
        options.peers = config.peers;
        options.port = config.port;
        options.log = log.for_library(domain);
        auto node = Node::open(options);
        if (!node) return node.error().within("domain " + domain);
        // poll() takes what has arrived; the loop only has to wake up.
        if (node->fd() >= 0) {
            const auto watched = loop.watch(node->fd(), EPOLLIN, [](std::uint32_t) {});
            if (!watched) return watched.error().within("domain " + domain);
        }
        observer->nodes_.push_back(std::move(*node));
    }
    return observer;
}

Observer::~Observer() {
    for (const Node& node : nodes_)
        loop_.forget(node.fd());
}

void Observer::tell(const Event& event, std::string_view domain) {
    log_.write(level_of(event.kind), to_string(event.kind), to_string(event),
               {{"domain", domain}, {"interface", event.interface_name}});
}

Instant Observer::poll() {
    Instant next = mcast::kNever;
    for (Node& node : nodes_) {
        node.poll();
        node.drain_events([&](const Event& event) { tell(event, node.domain()); });
        next = std::min(next, node.next_deadline());
    }
    return next;
}

void Observer::add_to(Snapshot& snapshot) const {
    for (const Node& node : nodes_)
        add_node(node, snapshot);
    if (!nodes_.empty()) snapshot.id = to_string(nodes_.front().id());
}

}  // namespace mcastd
