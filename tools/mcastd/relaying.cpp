#include "tools/mcastd/relaying.hpp"

#include <malloc.h>
#include <sys/epoll.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/hash.hpp"
#include "mcast/event.hpp"
#include "mcast/socket.hpp"
#include "platform/host_name.hpp"

namespace mcastd {

using mcast::Event;
using mcast::EventKind;
using mcast::Result;
using mcast::relay::Relay;
using mcast::relay::RuleSet;

namespace {

constexpr std::uint32_t kDomainPeersMax = 1024;  // of a domain; see Limits::peers_max

std::vector<std::string> domain_names(const Config& config) {
    std::vector<std::string> names{std::string(Relaying::kOwnDomain)};
    for (const DomainConfig& domain : config.domains)
        names.push_back(domain.name);
    if (names.size() == 1) names.push_back(mcast::NodeOptions{}.domain);
    return names;
}

// Whether the relays of one configuration do for the other.
bool same_relays(const Config& a, const Config& b) {
    return relay_name(a) == relay_name(b) && a.port == b.port && a.peers == b.peers &&
           a.limits.flows_max == b.limits.flows_max;
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

Relaying::~Relaying() {
    for (Domain& domain : domains_) {
        if (domain.continuity) domain.continuity->store().leave();
        close(domain);
    }
}

void Relaying::close(Domain& domain) {
    if (!domain.relay) return;
    domain.relay->poll();  // what has arrived already is carried
    loop_.forget(domain.relay->fd());
    domain.relay.reset();
    domain.continuity.reset();
}

Relaying::Domain* Relaying::find(std::string_view name) {
    for (Domain& domain : domains_)
        if (domain.name == name) return &domain;
    return nullptr;
}

mcast::NodeOptions Relaying::node_options(const Config& config, const std::string& name) const {
    mcast::NodeOptions options;
    options.domain = name;
    options.name = relay_name(config);
    options.interfaces = config.interfaces;
    if (name != kOwnDomain) options.peers = config.peers;
    options.port = config.port;
    const bool own = name == kOwnDomain;  // relays only
    options.limits.peers_max = own ? mcast::NodeOptions{}.limits.peers_max : kDomainPeersMax;
    options.limits.streams_max = options.limits.reliable_streams_max = 1;
    options.limits.reassemblies_max = 1;
    options.limits.message_size_max = 64;
    options.log = log_.for_library(name);
    return options;
}

Result<Relaying::Domain> Relaying::open(const Config& config, const std::string& name) const {
    const std::string step = "domain " + name;
    Domain domain;
    domain.name = name;
    if (manager_.is_there()) {
        auto continuity = Continuity::open(manager_, name);
        if (!continuity) return continuity.error().within(step);
        domain.continuity = std::move(*continuity);
    }
    mcast::relay::ForwarderOptions forwarding;
    forwarding.hops_max = config.hops_max;
    forwarding.flows_max = name == kOwnDomain ? 1 : config.limits.flows_max;
    forwarding.reflect = config.reflect;
    forwarding.carries = name != kOwnDomain;
    forwarding.on_rule = [this, name](const std::string& text) {
        log_.always(LogLevel::Info, "rule", text, {{"domain", std::string_view(name)}});
    };
    mcast::socket::Options socket;
    socket.port = config.port;
    socket.keeper = domain.continuity ? &domain.continuity->store() : nullptr;
    Result<mcast::Host> host = mcast::socket::host(socket);
    if (!host) return host.error().within(step);
    auto relay = Relay::open(node_options(config, name), forwarding, std::move(*host));
    if (!relay) return relay.error().within(step);
    domain.relay = std::move(*relay);
    bool* const ready = domain.ready.get();
    const auto watched =
        loop_.watch(domain.relay->fd(), EPOLLIN, [ready](std::uint32_t) { *ready = true; });
    if (!watched) return watched.error().within(step);
    return domain;
}

Result<void> Relaying::apply(const Config& config) {
    Result<RuleSet> compiled = RuleSet::compile(config.rules, config.fallback);
    if (!compiled) return compiled.error();
    const auto selection = mcast::InterfaceSelection::parse(config.interfaces);
    if (!selection) return selection.error();
    const auto reflect = mcast::InterfaceSelection::parse(config.reflect);
    if (!reflect) return reflect.error();

    const bool keep = same_relays(config, config_);
    std::vector<Domain> next;
    for (const std::string& name : domain_names(config)) {
        if (keep && find(name) != nullptr) {
            next.emplace_back().name = name;
            continue;
        }
        Result<Domain> domain = open(config, name);
        if (!domain) {
            for (Domain& opened : next)
                close(opened);
            return domain.error();
        }
        next.push_back(std::move(*domain));
    }
    // From here on nothing fails.
    auto rules = std::make_unique<RuleSet>(std::move(*compiled));
    for (Domain& domain : next) {
        const bool is_new = domain.relay != nullptr;
        if (!is_new) domain = std::move(*find(domain.name));
        domain.next = {};
        if (config.interfaces != config_.interfaces) domain.relay->node().select(*selection);
        if (config.hops_max != config_.hops_max || config.reflect != config_.reflect)
            domain.relay->forwarder().set_ways(config.hops_max, *reflect);
        domain.relay->forwarder().set_rules(*rules);
        if (is_new && domain.continuity)
            domain.relay->forwarder().use_book(EventLoop::now(), domain.continuity->book());
    }
    for (Domain& domain : domains_) {
        retire(domain);
        close(domain);
    }
    domains_ = std::move(next);
    rules_ = std::move(rules);
    config_ = config;
    set_foreign_keys(std::move(foreign_keys_));
    return {};
}

void Relaying::tell(const Event& event, std::string_view domain) {
    // Among themselves relays meet on every LAN; their comings and goings are told once.
    log_.write(level_of(event.kind), to_string(event.kind), to_string(event),
               {{"domain", domain}, {"interface", event.interface_name}});
}

mcast::Instant Relaying::poll() {
    mcast::Instant next = mcast::kNever;
    Event event;
    const mcast::Instant now = EventLoop::now();
    for (Domain& domain : domains_) {
        // Each poll() is some system calls: not for those with nothing to do.
        if (!std::exchange(*domain.ready, false) && now < domain.next) {
            next = std::min(next, domain.next);
            continue;
        }
        domain.relay->poll();
        while (domain.relay->node().context().events.pop(event))
            tell(event, domain.name);
        domain.next = domain.relay->next_deadline();
        next = std::min(next, domain.next);
    }
    return next;
}

void Relaying::shed() {
    for (Domain& domain : domains_)
        domain.relay->forwarder().shed(EventLoop::now());
    // What was freed goes back to the system, not only to the allocator.
    ::malloc_trim(0);
}

const mcast::relay::Election& Relaying::election() const {
    return domains_.front().relay->forwarder().election();
}

void Relaying::set_foreign_keys(std::vector<mcast::relay::LinkKey> keys) {
    foreign_keys_ = std::move(keys);
    if (!domains_.empty()) domains_.front().relay->forwarder().set_keys(foreign_keys_);
}

}  // namespace mcastd
