#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mcast/interface.hpp"
#include "mcast/result.hpp"
#include "mcast/socket.hpp"
#include "mcast/transport.hpp"
#include "transports/socket/engine.hpp"
#include "transports/socket/kept_sockets.hpp"
#include "transports/socket/receiver.hpp"

namespace mcast::socket {

// The sockets of one attached interface: for each family that it has had an address of, one for
// unicast that also sends, and one or more for groups.
class InterfaceSockets {
public:
    InterfaceSockets(InterfaceIndex index, std::string name, const Options& options, Engine& engine,
                     PortHolder& port_holder);
    InterfaceSockets(const InterfaceSockets&) = delete;
    InterfaceSockets& operator=(const InterfaceSockets&) = delete;
    ~InterfaceSockets();

    // Opens what is missing for its present addresses; what there is stays. After a failure it is
    // as it was before.
    Result<void> update(const Interface& interface);
    Result<void> join(const Group& group);
    void leave(const Group& group);
    void loop_multicast(bool on);
    // It is of no use any more, to a later run neither.
    void discard();
    // Groups that an earlier run has joined with sockets that are kept, and nobody here.
    void leave_inherited();

    [[nodiscard]] InterfaceIndex index() const { return index_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    // The socket that sends, and receives unicast; null without that family.
    [[nodiscard]] Receiver* sender(Family family);
    [[nodiscard]] std::optional<Endpoint> unicast_endpoint(Family family) const;
    [[nodiscard]] TransportCounters counters() const;
    // Those that its sockets count into.
    [[nodiscard]] TransportCounters& own_counters() { return counters_; }

private:
    struct FamilySockets {
        std::vector<std::unique_ptr<Receiver>> groups;  // empty: the family is not attached
        std::unique_ptr<Receiver> unicast;
        Address address;  // where unicast arrives
    };

    [[nodiscard]] FamilySockets& of(Family family);
    [[nodiscard]] const FamilySockets& of(Family family) const;
    [[nodiscard]] SocketPlan plan(Family family) const;
    Result<void> open(Family family);
    // The socket for groups of that number, from 1.
    Result<std::unique_ptr<Receiver>> open_groups(Family family, std::size_t number);
    Result<std::unique_ptr<Receiver>> open_unicast(Family family);
    // What an earlier run has left, unless it was bound to the port that is for groups now.
    std::optional<PinnedSocket> adopt_unicast(Family family);
    // Those beyond the first that an earlier run has left.
    void adopt_further_groups(Family family);
    Result<std::unique_ptr<Receiver>> receive_from(PinnedSocket socket, Receiver::Role role,
                                                   const std::string& name);
    // The kernel forgets an interface's IPv6 groups, but not that sockets have joined them, when
    // its MTU is too small for IPv6 (below 1280); all addresses go with them.
    Result<void> join_again(Family family);
    [[nodiscard]] std::size_t free_number(const FamilySockets& sockets, Family family) const;
    void close(std::unique_ptr<Receiver>& receiver);
    void discard(std::unique_ptr<Receiver>& receiver);
    void discard(Family family);
    void discard_empty(std::vector<std::unique_ptr<Receiver>>& groups);
    [[nodiscard]] Error join_error(const Group& group, int error) const;

    InterfaceIndex index_;
    std::string name_;
    const Options& options_;
    Engine& engine_;
    PortHolder& port_holder_;
    KeptSockets kept_;
    TransportCounters counters_;  // receive_dropped: of sockets that are closed
    std::array<FamilySockets, 2> families_;
};

// The addresses of an interface that can be used now, the one to be reached by first: for IPv6 the
// link-local one, from which multicast of link scope is sent (RFC 6724, rule 2).
[[nodiscard]] std::optional<Address> preferred_address(const Interface& interface, Family family);

}  // namespace mcast::socket
