#include "node/membership.hpp"

#include <algorithm>
#include <string>

namespace mcast::detail {

namespace {

using std::chrono::milliseconds;

// An interface that has just appeared is often not ready for some milliseconds; what fails for
// long is asked seldom. The first retries keep recovery under half a second.
constexpr Duration kRetrySoon = milliseconds(50);
constexpr Duration kRetryLate = milliseconds(1000);
constexpr std::uint32_t kSoonRetries = 20;

bool is_final(const Error& error) {
    return error.code == ErrorCode::AddressInUse || error.code == ErrorCode::PermissionDenied ||
           error.code == ErrorCode::InvalidArgument;
}

}  // namespace

Membership::Membership(Context& context, InterfaceSelection selection)
    : context_(context), selection_(std::move(selection)) {}

Result<void> Membership::open() {
    context_.host.interfaces->poll();
    take_in_interfaces();
    return reconcile(context_.now());
}

void Membership::select(InterfaceSelection selection) {
    selection_ = std::move(selection);
    take_in_interfaces();
    static_cast<void>(reconcile(context_.now()));
    context_.touch_topology();
}

bool Membership::poll(Instant now) {
    if (!context_.host.interfaces->poll()) return false;
    take_in_interfaces();
    static_cast<void>(reconcile(now));
    context_.touch_topology();
    return true;
}

void Membership::take_in_interfaces() {
    const std::span<const Interface> interfaces = context_.host.interfaces->interfaces();
    const std::vector<Eligibility> verdicts = selection_.judge(interfaces);
    for (Link& link : links_) {
        const bool known = std::any_of(interfaces.begin(), interfaces.end(),
                                       [&](const auto& i) { return i.index == link.index(); });
        if (!known && link.attached) detach(link);
    }
    std::erase_if(links_, [&](const Link& link) {
        return std::none_of(interfaces.begin(), interfaces.end(),
                            [&](const auto& i) { return i.index == link.index(); });
    });
    for (std::size_t i = 0; i < interfaces.size(); ++i) {
        Link* link = find(interfaces[i].index);
        if (link == nullptr) {
            link = &links_.emplace_back(context_.options.announce_interval);
        } else if (link->attached && !(link->interface == interfaces[i])) {
            // Its addresses or MTU changed: the transport looks again, memberships stay.
            link->interface = interfaces[i];
            link->retry_at = context_.now();
        }
        link->interface = interfaces[i];
        link->eligibility = verdicts[i];
        if (link->eligibility.eligible && !link->attached) link->retry_at = context_.now();
    }
}

Result<void> Membership::reconcile(Instant now) {
    Result<void> first_failure;
    for (Link& link : links_) {
        if (!link.eligibility.eligible) {
            if (link.attached) detach(link);
            link.retry_at = kNever;
            link.problem.clear();
            continue;
        }
        if (link.retry_at > now) continue;
        const Result<void> attached = attach(link, now);
        if (!attached) {
            on_failure(link, now, attached.error());
            if (first_failure && is_final(attached.error())) first_failure = attached;
        }
    }
    return first_failure;
}

Result<void> Membership::attach(Link& link, Instant now) {
    if (Result<void> attached = context_.transport().attach(link.interface); !attached)
        return attached;
    if (Result<void> joined = join_all(link); !joined) return joined;
    link.retry_at = kNever;
    link.failures = 0;
    link.problem.clear();
    context_.touch_topology();
    const bool is_new = !link.attached;
    link.attached = true;
    // Burst also after a change of address: peers learn it at once.
    link.announcer.start(now);
    if (is_new) report(link, EventKind::InterfaceUp, link.eligibility.reason);
    return {};
}

void Membership::detach(Link& link) {
    context_.transport().detach(link.index());
    link.attached = false;
    link.joined.clear();
    link.announcer = protocol::Announcer(context_.options.announce_interval);
    context_.touch_topology();
    report(link, EventKind::InterfaceDown,
           link.eligibility.eligible ? "gone" : link.eligibility.reason);
}

Result<void> Membership::join_all(Link& link) {
    Result<void> failure;
    for (const Wanted& wanted : wanted_) {
        if (!link.multicasts(wanted.group.address.family())) continue;
        if (std::find(link.joined.begin(), link.joined.end(), wanted.group) != link.joined.end())
            continue;
        Result<void> joined = context_.transport().join(wanted.group, link.index());
        if (joined)
            link.joined.push_back(wanted.group);
        else if (failure)
            failure = joined;
    }
    return failure;
}

void Membership::leave_unwanted(Link& link) {
    std::erase_if(link.joined, [&](const Group& group) {
        if (is_wanted(group)) return false;
        context_.transport().leave(group, link.index());
        return true;
    });
}

void Membership::on_failure(Link& link, Instant now, const Error& error) {
    link.retry_at = now + (++link.failures <= kSoonRetries ? kRetrySoon : kRetryLate);
    if (link.problem == error.what) return;
    link.problem = error.what;
    // An interface that is only not ready yet is no news until it stays so.
    if (error.code == ErrorCode::TryAgain && link.failures <= kSoonRetries) return;
    report(link, EventKind::InterfaceFailed, error.what);
    context_.log(LogLevel::Warning, "interface " + link.interface.name + ": " + error.what);
}

void Membership::on_deadline(Instant now) {
    if (deadline() <= now) static_cast<void>(reconcile(now));
}

Instant Membership::deadline() const {
    Instant earliest = kNever;
    for (const Link& link : links_)
        if (link.eligibility.eligible) earliest = std::min(earliest, link.retry_at);
    return earliest;
}

void Membership::want(std::span<const Group> groups) {
    for (const Group& group : groups) {
        const auto known = std::find_if(wanted_.begin(), wanted_.end(),
                                        [&](const Wanted& w) { return w.group == group; });
        if (known != wanted_.end())
            ++known->count;
        else
            wanted_.push_back({group, 1});
    }
    for (Link& link : links_) {
        if (!link.attached) continue;
        if (const Result<void> joined = join_all(link); !joined)
            on_failure(link, context_.now(), joined.error());
    }
}

void Membership::unwant(std::span<const Group> groups) {
    for (const Group& group : groups) {
        const auto known = std::find_if(wanted_.begin(), wanted_.end(),
                                        [&](const Wanted& w) { return w.group == group; });
        if (known != wanted_.end() && --known->count == 0) wanted_.erase(known);
    }
    for (Link& link : links_)
        if (link.attached) leave_unwanted(link);
}

bool Membership::is_wanted(const Group& group) const {
    return std::any_of(wanted_.begin(), wanted_.end(),
                       [&](const Wanted& wanted) { return wanted.group == group; });
}

Link* Membership::find(InterfaceIndex index) {
    for (Link& link : links_)
        if (link.index() == index) return &link;
    return nullptr;
}

const Link* Membership::find(InterfaceIndex index) const {
    return const_cast<Membership*>(this)->find(index);
}

void Membership::report(const Link& link, EventKind kind, std::string_view text) {
    EventRecord record;
    record.event.kind = kind;
    record.event.at = context_.now();
    record.event.interface = link.index();
    record.interface_name.assign(link.interface.name);
    record.text.assign(text);
    context_.events.push(record);
}

std::uint64_t Membership::receive_dropped() const {
    std::uint64_t dropped = 0;
    for (const Link& link : links_)
        if (link.attached) dropped += context_.transport().counters(link.index()).receive_dropped;
    return dropped;
}

}  // namespace mcast::detail
