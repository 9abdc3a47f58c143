#include "transports/socket/interface_sockets.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "transports/socket/system_error.hpp"
#include "transports/socket/unicast_socket.hpp"

namespace mcast::socket {

namespace {

constexpr std::array<Family, 2> kFamilies{Family::Ipv4, Family::Ipv6};

}  // namespace

std::optional<Address> preferred_address(const Interface& interface, Family family) {
    std::optional<Address> first;
    for (const InterfaceAddress& own : interface.addresses) {
        if (own.address.family() != family || own.tentative) continue;
        if (family == Family::Ipv6 && own.address.is_link_local()) return own.address;
        if (!first) first = own.address;
    }
    return first;
}

InterfaceSockets::InterfaceSockets(InterfaceIndex index, std::string name, const Options& options,
                                   Engine& engine, PortHolder& port_holder)
    : index_(index),
      name_(std::move(name)),
      options_(options),
      engine_(engine),
      port_holder_(port_holder),
      kept_(options.keeper, index) {}

InterfaceSockets::~InterfaceSockets() {
    // A keeper keeps them.
    for (FamilySockets& sockets : families_) {
        for (std::unique_ptr<Receiver>& receiver : sockets.groups)
            close(receiver);
        close(sockets.unicast);
    }
}

void InterfaceSockets::discard() {
    for (const Family family : kFamilies)
        discard(family);
}

InterfaceSockets::FamilySockets& InterfaceSockets::of(Family family) {
    return families_[family == Family::Ipv6 ? 1 : 0];
}

const InterfaceSockets::FamilySockets& InterfaceSockets::of(Family family) const {
    return families_[family == Family::Ipv6 ? 1 : 0];
}

SocketPlan InterfaceSockets::plan(Family family) const {
    return {index_, name_, family, options_.receive_buffer_size, options_.gro, &port_holder_};
}

Result<void> InterfaceSockets::update(const Interface& interface) {
    name_ = interface.name;
    std::array<bool, 2> opened{};
    bool usable = false;
    for (std::size_t i = 0; i < kFamilies.size(); ++i) {
        const Family family = kFamilies[i];
        FamilySockets& sockets = of(family);
        const bool enabled = family == Family::Ipv4 ? options_.ipv4 : options_.ipv6;
        const std::optional<Address> address = preferred_address(interface, family);
        Result<void> result;
        if (enabled && address && !sockets.unicast) {
            result = open(family);
            opened[i] = result.has_value();
        } else if (address && sockets.address.family() == Family::None) {
            result = join_again(family);
        }
        if (!result) {
            for (std::size_t j = 0; j < i; ++j)
                if (opened[j]) discard(kFamilies[j]);
            return result;
        }
        usable = usable || sockets.unicast;
        if (!sockets.unicast) continue;
        sockets.address = address.value_or(Address{});
        // 127.0.0.1 has host scope, so the kernel would send multicast and broadcast on lo from
        // an address of another interface, or from 0.0.0.0 (inet_select_addr).
        sockets.unicast->source =
            interface.kind == InterfaceKind::Loopback && family == Family::Ipv4 ? sockets.address
                                                                                : Address{};
    }
    if (!usable)
        return Error{ErrorCode::TryAgain, EADDRNOTAVAIL,
                     "attach " + name_ + ": it has no address that can be used yet"};
    return {};
}

Result<void> InterfaceSockets::open(Family family) {
    // First: one that an earlier run has left may be in the way of the groups' port.
    Result<std::unique_ptr<Receiver>> unicast = open_unicast(family);
    if (!unicast) return unicast.error();
    Result<std::unique_ptr<Receiver>> groups = open_groups(family, 1);
    if (!groups) {
        discard(*unicast);
        return groups.error();
    }
    of(family).groups.push_back(std::move(*groups));
    of(family).unicast = std::move(*unicast);
    if (options_.keeper != nullptr) adopt_further_groups(family);
    return {};
}

void InterfaceSockets::adopt_further_groups(Family family) {
    const SocketPlan plan = this->plan(family);
    for (std::size_t number = 2; number <= KeptSockets::kGroupSocketsMax; ++number) {
        const std::string name = kept_.groups(family, options_.port, number);
        std::optional<PinnedSocket> adopted = kept_.adopt(name, plan, options_.port);
        if (!adopted) continue;
        auto receiver = receive_from(std::move(*adopted), Receiver::Role::FurtherGroups, name);
        if (receiver) of(family).groups.push_back(std::move(*receiver));
    }
}

Result<std::unique_ptr<Receiver>> InterfaceSockets::open_groups(Family family, std::size_t number) {
    const SocketPlan plan = this->plan(family);
    const std::string name = kept_.groups(family, options_.port, number);
    const auto role = number == 1 ? Receiver::Role::FirstGroups : Receiver::Role::FurtherGroups;
    if (std::optional<PinnedSocket> adopted = kept_.adopt(name, plan, options_.port))
        return receive_from(std::move(*adopted), role, name);
    Result<PinnedSocket> socket = PinnedSocket::open(plan);
    if (!socket) return socket.error();
    // Shared with other processes: each of them gets every multicast and broadcast.
    if (const int error = socket->bind(options_.port, true); error != 0)
        return bind_error(plan, options_.port, error);
    return receive_from(std::move(*socket), role, name);
}

Result<std::unique_ptr<Receiver>> InterfaceSockets::open_unicast(Family family) {
    Result<PinnedSocket> socket =
        open_unicast_socket(plan(family), options_, adopt_unicast(family));
    if (!socket) return socket.error();
    auto receiver =
        receive_from(std::move(*socket), Receiver::Role::Unicast, kept_.unicast(family));
    if (receiver) (*receiver)->segmentation = Segmentation(options_.gso);
    return receiver;
}

std::optional<PinnedSocket> InterfaceSockets::adopt_unicast(Family family) {
    const std::string name = kept_.unicast(family);
    std::optional<PinnedSocket> adopted = kept_.adopt(name, plan(family), options_.unicast_port);
    if (!adopted || adopted->port() != options_.port) return adopted;
    // The port is the groups' now. A keeper closes its copy in its own time: until then it shares.
    static_cast<void>(set_option(adopted->fd(), SOL_SOCKET, SO_REUSEADDR, 1));
    kept_.forget(name);
    return std::nullopt;
}

Result<std::unique_ptr<Receiver>> InterfaceSockets::receive_from(PinnedSocket socket,
                                                                 Receiver::Role role,
                                                                 const std::string& name) {
    auto receiver = std::make_unique<Receiver>(std::move(socket), role, index_, counters_);
    if (const int error = engine_.add(*receiver); error != 0)
        return system_error("wait for a socket on " + name_, error);
    receiver->kept_name = name;
    kept_.keep(name, receiver->socket);
    if (options_.keeper != nullptr && role != Receiver::Role::Unicast)
        receiver->memberships.inherit(receiver->socket.fd(), index_, receiver->socket.family());
    return receiver;
}

void InterfaceSockets::close(std::unique_ptr<Receiver>& receiver) {
    if (!receiver) return;
    engine_.remove(*receiver);
    counters_.receive_dropped += receiver->socket.drops();
    receiver.reset();
}

void InterfaceSockets::discard(std::unique_ptr<Receiver>& receiver) {
    if (receiver) kept_.forget(receiver->kept_name);
    close(receiver);
}

void InterfaceSockets::discard(Family family) {
    FamilySockets& sockets = of(family);
    for (std::unique_ptr<Receiver>& receiver : sockets.groups)
        discard(receiver);
    sockets.groups.clear();
    discard(sockets.unicast);
}

Result<void> InterfaceSockets::join(const Group& group) {
    const Family family = group.address.family();
    FamilySockets& sockets = of(family);
    if (!sockets.unicast)
        return Error{
            ErrorCode::TryAgain, EADDRNOTAVAIL,
            "join " + to_string(group) + " on " + name_ + ": it has no address of this family yet"};
    for (const auto& receiver : sockets.groups)
        if (receiver->memberships.contains(group.address)) return {};
    const bool inherited = std::any_of(
        sockets.groups.begin(), sockets.groups.end(),
        [&](const auto& receiver) { return receiver->memberships.inherits(group.address); });
    for (const auto& receiver : sockets.groups) {
        Memberships& memberships = receiver->memberships;
        if (inherited ? !memberships.inherits(group.address) : memberships.full()) continue;
        const int error = memberships.join(receiver->socket.fd(), index_, group.address);
        if (error == 0) return {};
        if (error != ENOBUFS && error != ENOMEM) return join_error(group, error);
    }
    Result<std::unique_ptr<Receiver>> further = open_groups(family, free_number(sockets, family));
    if (!further) return further.error().within("join " + to_string(group));
    Receiver& receiver = **further;
    if (const int error = receiver.memberships.join(receiver.socket.fd(), index_, group.address);
        error != 0) {
        discard(*further);
        return join_error(group, error);
    }
    sockets.groups.push_back(std::move(*further));
    return {};
}

Result<void> InterfaceSockets::join_again(Family family) {
    if (family == Family::Ipv4) return {};
    for (const auto& receiver : of(family).groups)
        if (const int error = receiver->memberships.join_again(receiver->socket.fd(), index_);
            error != 0)
            return system_error("join the groups on " + name_ + " again", error);
    return {};
}

std::size_t InterfaceSockets::free_number(const FamilySockets& sockets, Family family) const {
    for (std::size_t number = 2;; ++number) {
        const std::string name = kept_.groups(family, options_.port, number);
        if (std::none_of(sockets.groups.begin(), sockets.groups.end(),
                         [&](const auto& receiver) { return receiver->kept_name == name; }))
            return number;
    }
}

Error InterfaceSockets::join_error(const Group& group, int error) const {
    Error result = system_error("join " + to_string(group) + " on " + name_, error);
    if (error == ENOBUFS && group.address.family() == Family::Ipv4)
        result.what +=
            "; raise net.ipv4.igmp_max_memberships: sysctl -w "
            "net.ipv4.igmp_max_memberships=20";
    else if (error == ENOBUFS || error == ENOMEM)
        result.what += "; raise net.core.optmem_max: sysctl -w net.core.optmem_max=131072";
    return result;
}

void InterfaceSockets::leave(const Group& group) {
    auto& groups = of(group.address.family()).groups;
    const auto found = std::find_if(groups.begin(), groups.end(), [&group](const auto& receiver) {
        return receiver->memberships.contains(group.address);
    });
    if (found == groups.end()) return;
    (*found)->memberships.leave((*found)->socket.fd(), index_, group.address);
    discard_empty(groups);
}

void InterfaceSockets::loop_multicast(bool on) {
    for (const FamilySockets& sockets : families_)
        if (sockets.unicast) mcast::socket::loop_multicast(sockets.unicast->socket, on);
}

void InterfaceSockets::leave_inherited() {
    for (FamilySockets& sockets : families_) {
        for (const auto& receiver : sockets.groups)
            receiver->memberships.leave_inherited(receiver->socket.fd(), index_);
        discard_empty(sockets.groups);
    }
}

void InterfaceSockets::discard_empty(std::vector<std::unique_ptr<Receiver>>& groups) {
    for (std::unique_ptr<Receiver>& receiver : groups)
        if (receiver->role == Receiver::Role::FurtherGroups && receiver->memberships.empty())
            discard(receiver);
    std::erase(groups, nullptr);
}

Receiver* InterfaceSockets::sender(Family family) {
    return family == Family::None ? nullptr : of(family).unicast.get();
}

std::optional<Endpoint> InterfaceSockets::unicast_endpoint(Family family) const {
    if (family == Family::None) return std::nullopt;
    const FamilySockets& sockets = of(family);
    if (!sockets.unicast || sockets.address.family() == Family::None) return std::nullopt;
    return Endpoint{sockets.address, sockets.unicast->socket.port()};
}

TransportCounters InterfaceSockets::counters() const {
    TransportCounters counters = counters_;
    for (const FamilySockets& sockets : families_) {
        for (const auto& receiver : sockets.groups)
            counters.receive_dropped += receiver->socket.drops();
        if (sockets.unicast) counters.receive_dropped += sockets.unicast->socket.drops();
    }
    return counters;
}

}  // namespace mcast::socket
