#include "tests/support/plain_lan.hpp"

#include <algorithm>

#include "mcast/assert.hpp"

namespace mcast::support {

void PlainLan::put(const PlainPacket& packet, const PlainMachine* sender) {
    seen.push_back(packet);
    for (PlainMachine* machine : machines_)
        machine->hear(*this, packet, machine == sender);
}

const Interface& PlainMachine::attach(PlainLan& lan, std::uint32_t index, std::uint8_t number,
                                      std::uint8_t host) {
    Interface interface;
    interface.index = {index};
    interface.name = "e" + std::to_string(number);
    interface.kind = InterfaceKind::Ethernet;
    interface.mtu = 1500;
    interface.up = interface.multicast = interface.broadcast = true;
    interface.addresses.push_back(
        {Address::ipv4(10, number, 0, host), 16, Address::ipv4(10, number, 255, 255), false});
    interfaces_.push_back(interface);
    lans_.push_back(&lan);
    lan.machines_.push_back(this);
    return interfaces_.back();
}

std::size_t PlainMachine::place(InterfaceIndex index) const {
    for (std::size_t i = 0; i < interfaces_.size(); ++i)
        if (interfaces_[i].index == index) return i;
    MCAST_ASSERT(false, "an interface of this machine");
    return 0;
}

const PlainMachine::Socket* PlainMachine::find(PlainSocketId id) const {
    for (const Socket& socket : sockets_)
        if (socket.id == id) return &socket;
    return nullptr;
}

Result<PlainSocketId> PlainMachine::listen(const Interface& interface,
                                           const Endpoint& destination) {
    if (!listen_fault.empty()) return Error{ErrorCode::TryAgain, 0, listen_fault};
    sockets_.push_back({{++next_id_}, interface.index, destination, true});
    ++opened;
    return sockets_.back().id;
}

Result<PlainSocketId> PlainMachine::lend(const Interface& interface, Family) {
    const Address own = interfaces_[place(interface.index)].addresses.front().address;
    sockets_.push_back({{++next_id_}, interface.index, {own, next_port_++}, false});
    ++opened;
    return sockets_.back().id;
}

void PlainMachine::close(PlainSocketId id) {
    std::erase_if(sockets_, [id](const Socket& socket) { return socket.id == id; });
}

void PlainMachine::hear(const PlainLan& lan, const PlainPacket& packet, bool own) {
    if (deaf) return;
    for (const Socket& socket : sockets_) {
        const std::size_t at = place(socket.interface);
        if (lans_[at] != &lan) continue;
        const Address& to = packet.destination.address;
        const bool broadcast =
            to.is_limited_broadcast() || to == interfaces_[at].addresses.front().broadcast;
        const bool hears = packet.destination.port == socket.hears.port &&
                           (socket.hears.address == to ||
                            (broadcast && socket.hears.address.is_limited_broadcast()));
        if (!hears || (own && !broadcast)) continue;
        Waiting waiting;
        waiting.payload = packet.payload;
        waiting.arrival.socket = socket.id;
        waiting.arrival.interface = socket.interface;
        waiting.arrival.source = packet.source;
        waiting.arrival.destination = packet.destination;
        waiting.arrival.ttl = packet.ttl;
        waiting.arrival.way = to.is_multicast() ? Way::Multicast
                              : broadcast       ? Way::Broadcast
                                                : Way::Unicast;
        queue_.push_back(std::move(waiting));
    }
}

std::size_t PlainMachine::receive(std::span<PlainArrival> batch) {
    lent_.clear();
    lent_.reserve(batch.size());
    std::size_t count = 0;
    while (count < batch.size() && !queue_.empty()) {
        const auto chosen = queue_.begin() + static_cast<std::ptrdiff_t>(
                                                 shuffle ? shuffle->below(queue_.size()) : 0);
        Waiting waiting = std::move(*chosen);
        queue_.erase(chosen);
        if (find(waiting.arrival.socket) == nullptr) continue;  // closed meanwhile
        lent_.push_back(std::move(waiting.payload));
        batch[count] = waiting.arrival;
        batch[count++].payload = std::as_bytes(std::span(lent_.back()));
    }
    return count;
}

void PlainMachine::send(std::span<PlainDeparture> batch) {
    for (PlainDeparture& departure : batch) {
        const Socket* socket = find(departure.socket);
        MCAST_ASSERT(socket != nullptr, "sent by a socket that is open");
        MCAST_ASSERT(departure.ttl > 0, "nothing leaves with a TTL of 0");
        departure.error = send_error;
        if (send_error != 0) continue;
        const std::size_t at = place(socket->interface);
        PlainPacket packet;
        packet.source = departure.source ? *departure.source
                                         : Endpoint{interfaces_[at].addresses.front().address,
                                                    socket->hears.port};
        packet.destination = departure.destination;
        packet.ttl = departure.ttl;
        packet.payload.assign(reinterpret_cast<const char*>(departure.payload.data()),
                              departure.payload.size());
        lans_[at]->put(packet, this);
    }
}

}  // namespace mcast::support
