#include "transports/dpdk/group_membership.hpp"

#include <algorithm>

#include "mcast/assert.hpp"
#include "transports/dpdk/membership_report.hpp"

namespace mcast::dpdk {
namespace {

// RFC 3376, 6; RFC 3810, 6: what every node has joined, and what does not leave a node.
bool is_reported(const Address& group) {
    if (group == all_hosts(group.family())) return false;
    return group.family() == Family::Ipv4 || (group.bytes()[1] & 0x0f) > 1;
}

// Instant::min() stands for long ago; nothing may be added to it below.
bool within(Instant now, Instant since, Duration duration) {
    return since != Instant::min() && now - since < duration;
}

// Some time within what the querier gives, but not again right after the answer before.
Instant answer_time(Instant now, Instant answered_at, const MembershipQuery& query,
                    Random& random) {
    const Instant at = now + random.duration(Duration::zero(), query.response_max);
    return within(at, answered_at, kResponseGapMin) ? answered_at + kResponseGapMin : at;
}

}  // namespace

GroupMembership::GroupMembership(const Station& station, const MembershipOptions& options)
    : station_(station), options_(options), version_(options.newest), index_(options.group_max) {
    MCAST_ASSERT(options.group_max > 0 && options.oldest <= options.newest,
                 "a membership has room and speaks some version");
    members_.reserve(options.group_max);
}

GroupMembership::Member* GroupMembership::find(const Address& group) {
    const std::uint32_t* index = index_.find(group);
    return index == nullptr ? nullptr : &members_[*index];
}

GroupMembership::Member* GroupMembership::add(const Address& group) {
    if (members_.size() == options_.group_max) {
        // What is wanted is worth more than repeating what is not; at worst a switch keeps sending
        // until its own timeout.
        const auto leaving = std::find_if(members_.begin(), members_.end(),
                                          [](const Member& member) { return member.users == 0; });
        if (leaving == members_.end()) return nullptr;
        erase(static_cast<std::size_t>(leaving - members_.begin()));
    }
    index_.insert(group, static_cast<std::uint32_t>(members_.size()));
    members_.push_back({});
    members_.back().group = group;
    return &members_.back();
}

void GroupMembership::erase(std::size_t index) {
    index_.erase(members_[index].group);
    if (index + 1 < members_.size()) {
        members_[index] = members_.back();
        *index_.find(members_[index].group) = static_cast<std::uint32_t>(index);
    }
    members_.pop_back();
}

bool GroupMembership::join(Instant now, const Address& group) {
    MCAST_ASSERT(group.is_multicast() && group.family() == options_.family,
                 "only a group of the family is joined");
    if (!is_reported(group)) return true;
    follow_version(now);
    Member* member = find(group);
    if (member == nullptr) member = add(group);
    if (member == nullptr) return false;
    if (++member->users == 1) start_change(now, *member);
    return true;
}

void GroupMembership::leave(Instant now, const Address& group) {
    follow_version(now);
    Member* member = find(group);
    if (member == nullptr || member->users == 0 || --member->users > 0) return;
    member->response_at = kNever;
    // Version 1 leaves in silence; while the link is down there is nobody to tell.
    if (version_ == MembershipVersion::One || !up_)
        erase(static_cast<std::size_t>(member - members_.data()));
    else
        start_change(now, *member);
}

void GroupMembership::on_link(Instant now, bool up) {
    up_ = up;
    for (std::size_t i = members_.size(); i-- > 0;)
        if (members_[i].users == 0) erase(i);
    // There may be another switch behind the link now.
    version_one_until_ = version_two_until_ = Instant::min();
    robustness_ = kRobustnessDefault;
    query_interval_ = kQueryIntervalDefault;
    general_at_ = kNever;
    general_heard_at_ = Instant::min();
    version_ = options_.newest;
    for (Member& member : members_) {
        member.response_at = kNever;
        start_change(now, member);
    }
    settle();
}

void GroupMembership::start_change(Instant now, Member& member) {
    const bool once = member.users == 0 && version_ == MembershipVersion::Two;
    member.changes_left = once ? 1 : robustness_;
    member.change_at = now;
    schedule(now);
}

void GroupMembership::end_change(Instant now, Member& member, Random& random) {
    const Duration interval =
        version_ == MembershipVersion::Three ? kUnsolicitedInterval : kUnsolicitedIntervalOld;
    --member.changes_left;
    member.change_at = member.changes_left == 0
                           ? kNever
                           : now + random.duration(std::chrono::milliseconds(1), interval);
}

MembershipVersion GroupMembership::version(Instant now) const {
    MembershipVersion heard = MembershipVersion::Three;
    if (now < version_two_until_) heard = MembershipVersion::Two;
    if (now < version_one_until_ && options_.family == Family::Ipv4) heard = MembershipVersion::One;
    return std::clamp(heard, options_.oldest, options_.newest);
}

// RFC 3376, 7.2.1; RFC 3810, 8.2.1: a change of version ends all that is pending.
void GroupMembership::follow_version(Instant now) {
    const MembershipVersion version_now = version(now);
    if (version_now == version_) return;
    version_ = version_now;
    general_at_ = kNever;
    for (std::size_t i = members_.size(); i-- > 0;) {
        Member& member = members_[i];
        if (member.users == 0) {
            erase(i);
            continue;
        }
        member.change_at = member.response_at = kNever;
        member.changes_left = 0;
    }
    settle();
}

void GroupMembership::on_frame(Instant now, const ParsedFrame& frame, Random& random) {
    const Family family = frame.source.address.family();
    // Some devices hand back what was sent.
    if (family != options_.family || frame.source_mac == station_.mac) return;
    const MembershipMessage message = membership_message(frame);
    if (message == MembershipMessage::Report) {
        follow_version(now);
        on_report(frame);
    } else if (message == MembershipMessage::Query) {
        const MembershipQuery query = read_query(frame, source_);
        const QueryFault fault =
            query.fault == QueryFault::None ? on_query(now, query, random) : query.fault;
        if (fault == QueryFault::None)
            ++counters_.queries;
        else
            ++counters_.queries_refused[static_cast<std::size_t>(fault)];
    }
}

// Another host's report stops ours (RFC 2236, 6; RFC 2710, 5). In version 3 nobody hears others.
void GroupMembership::on_report(const ParsedFrame& frame) {
    if (version_ == MembershipVersion::Three) return;
    Member* member = find(read_report_group(frame));
    if (member == nullptr || member->users == 0) return;
    const bool asked = member->response_at != kNever;
    // The first report of a group that was just joined is sent in any case.
    const bool repeating = member->changes_left > 0 && member->changes_left < robustness_;
    if (!asked && !repeating) return;
    member->response_at = kNever;
    if (repeating) {
        member->change_at = kNever;
        member->changes_left = 0;
    }
    ++counters_.reports_suppressed;
    settle();
}

bool GroupMembership::is_repetition(Instant now, const MembershipQuery& query) {
    if (within(now, general_heard_at_, kGeneralQueryGapMin) &&
        query.response_max >= general_response_max_)
        return true;
    general_heard_at_ = now;
    general_response_max_ = query.response_max;
    return false;
}

void GroupMembership::learn_from(Instant now, const MembershipQuery& query) {
    if (query.version == MembershipVersion::Three) {
        robustness_ = std::max(kRobustnessDefault,
                               query.robustness == 0 ? kRobustnessDefault : query.robustness);
        query_interval_ = query.interval == Duration() ? kQueryIntervalDefault : query.interval;
        return;
    }
    // RFC 3376, 8.12: the older version querier present timeout.
    const Duration timeout =
        std::min(query_interval_ * robustness_ + query.response_max, kOldQuerierMax);
    if (query.version == MembershipVersion::One)
        version_one_until_ = now + timeout;
    else if (query.is_general())
        version_two_until_ = now + timeout;
}

// RFC 3376, 5.2; RFC 3810, 6.2; RFC 2236, 3.
QueryFault GroupMembership::on_query(Instant now, const MembershipQuery& query, Random& random) {
    const MembershipVersion before = version(now);
    learn_from(now, query);
    follow_version(now);
    if (query.is_general() && before == version_ && is_repetition(now, query))
        return QueryFault::TooSoon;
    if (!query.is_general()) {
        Member* member = find(query.group);
        if (member != nullptr && member->users > 0)
            ask(answer_time(now, member->answered_at, query, random), *member, query);
        return QueryFault::None;
    }
    if (version_ == MembershipVersion::Three) {
        general_at_ = std::min(general_at_, answer_time(now, general_answered_at_, query, random));
        schedule(general_at_);
        return QueryFault::None;
    }
    for (Member& member : members_)
        if (member.users > 0)
            ask(answer_time(now, member.answered_at, query, random), member, query);
    return QueryFault::None;
}

void GroupMembership::ask(Instant at, Member& member, const MembershipQuery& query) {
    // All groups are answered for sooner than that.
    if (general_at_ <= at) return;
    const bool pending = member.response_at != kNever;
    const bool whole_group = query.source_count == 0 || version_ != MembershipVersion::Three ||
                             (pending && member.source_count == 0);
    std::size_t count = whole_group || !pending ? 0 : member.source_count;
    for (std::size_t i = 0; !whole_group && i < query.source_count; ++i) {
        const Address source = query.source(i);
        const auto known = std::span(member.sources).first(count);
        if (std::find(known.begin(), known.end(), source) != known.end()) continue;
        if (count == kQuerySourcesMax) {
            count = 0;
            break;
        }
        member.sources[count++] = source;
    }
    member.source_count = static_cast<std::uint8_t>(count);
    member.response_at = std::min(member.response_at, at);
    schedule(member.response_at);
}

std::size_t GroupMembership::write_due(Instant now, std::span<std::byte> frame, Random& random) {
    if (!up_) return 0;
    follow_version(now);
    if (general_at_ <= now) {
        general_at_ = kNever;
        general_answered_at_ = now;
        for (Member& member : members_) {
            if (member.users == 0) continue;
            member.response_at = now;
            member.source_count = 0;
        }
        schedule(now);
    }
    // A sweep that ends with something still due was overtaken by it; the next one finds it.
    while (next_ <= now) {
        const std::size_t size = version_ == MembershipVersion::Three
                                     ? write_records(now, frame, random)
                                     : write_old(now, frame, random);
        if (size > 0) return size;
        settle();
    }
    return 0;
}

// One report of changes or of answers, as full as it gets; never both in one, as other hosts do.
std::size_t GroupMembership::write_records(Instant now, std::span<std::byte> frame,
                                           Random& random) {
    for (;;) {
        ReportWriter report(frame, station_, options_.family, source_);
        while (cursor_ < members_.size()) {
            Member& member = members_[cursor_];
            const Instant at = sweep_ == Sweep::Changes ? member.change_at : member.response_at;
            if (at <= now) {
                if (!add_record(now, member, report)) break;
                if (sweep_ == Sweep::Changes) {
                    end_change(now, member, random);
                    if (member.users == 0 && member.changes_left == 0) {
                        erase(cursor_);
                        continue;
                    }
                }
            }
            ++cursor_;
        }
        if (!report.empty()) {
            ++counters_.reports_sent;
            return report.finish();
        }
        if (sweep_ == Sweep::Responses) return 0;
        sweep_ = Sweep::Responses;
        cursor_ = 0;
    }
}

bool GroupMembership::add_record(Instant now, Member& member, ReportWriter& report) const {
    if (sweep_ == Sweep::Changes)
        return report.add(member.users > 0 ? RecordType::ToExclude : RecordType::ToInclude,
                          member.group);
    // Whatever sources are asked for, none of them is excluded (RFC 3376, 5.2).
    const auto sources = std::span<const Address>(member.sources).first(member.source_count);
    if (!report.add(sources.empty() ? RecordType::IsExclude : RecordType::IsInclude, member.group,
                    sources))
        return false;
    member.response_at = kNever;
    member.source_count = 0;
    member.answered_at = now;
    return true;
}

// One report or leave.
std::size_t GroupMembership::write_old(Instant now, std::span<std::byte> frame, Random& random) {
    for (; cursor_ < members_.size(); ++cursor_) {
        Member& member = members_[cursor_];
        if (member.change_at > now && member.response_at > now) continue;
        if (member.users == 0) {
            ++counters_.leaves_sent;
            const std::size_t size = write_old_leave(frame, station_, source_, member.group);
            erase(cursor_);
            return size;
        }
        // The same report says both.
        if (member.change_at <= now) end_change(now, member, random);
        if (member.response_at <= now) {
            member.response_at = kNever;
            member.answered_at = now;
        }
        ++counters_.reports_sent;
        return write_old_report(frame, station_, source_, members_[cursor_++].group, version_);
    }
    return 0;
}

void GroupMembership::settle() {
    cursor_ = 0;
    sweep_ = Sweep::Changes;
    next_ = general_at_;
    for (const Member& member : members_)
        schedule(std::min(member.change_at, member.response_at));
}

}  // namespace mcast::dpdk
