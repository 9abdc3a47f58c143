#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "mcast/interface.hpp"
#include "node/context.hpp"
#include "node/link.hpp"

namespace mcast::detail {

// Keeps wanted groups × live interfaces joined, whatever happens to the interfaces.
//
//   ineligible ──eligible──► failed ──retry──► attached ──gone, down, no address──► ineligible
//                   └───────────attach()──────────┘
class Membership {
public:
    Membership(Context& context, InterfaceSelection selection);

    // The first look at the interfaces. A port that is taken, or a permission that is missing,
    // fails; an interface that is not ready is tried again later.
    Result<void> open();
    // Other interfaces from now on; those in both selections are not touched.
    void select(InterfaceSelection selection);
    // Takes in what the monitor has; true if links came or went.
    bool poll(Instant now);
    // Tries again what failed.
    void on_deadline(Instant now);
    [[nodiscard]] Instant deadline() const;

    // Groups of a topic; counted, so each want() needs its unwant().
    void want(std::span<const Group> groups);
    void unwant(std::span<const Group> groups);

    [[nodiscard]] std::deque<Link>& links() { return links_; }
    [[nodiscard]] const std::deque<Link>& links() const { return links_; }
    // Datagrams that kernel or device dropped before we could read them, on all links together.
    [[nodiscard]] std::uint64_t receive_dropped() const;
    [[nodiscard]] Link* find(InterfaceIndex index);
    [[nodiscard]] const Link* find(InterfaceIndex index) const;

private:
    struct Wanted {
        Group group;
        std::size_t count = 0;
    };
    void take_in_interfaces();
    Result<void> reconcile(Instant now);
    Result<void> attach(Link& link, Instant now);
    void detach(Link& link);
    Result<void> join_all(Link& link);
    void leave_unwanted(Link& link);
    void on_failure(Link& link, Instant now, const Error& error);
    [[nodiscard]] bool is_wanted(const Group& group) const;
    void report(const Link& link, EventKind kind, std::string_view text);

    Context& context_;
    InterfaceSelection selection_;
    std::deque<Link> links_;
    std::vector<Wanted> wanted_;
};

}  // namespace mcast::detail
