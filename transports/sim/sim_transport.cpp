#include "transports/sim/sim_transport.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "transports/sim/lan_state.hpp"

namespace mcast::sim {

SimTransport::SimTransport(Lan::State& lan, Machine& machine, const Options& options)
    : lan_(lan),
      machine_(machine),
      unicast_port_(machine.free_unicast_port()),
      // A page fault costs no virtual time, and most hosts need few of their buffers.
      transmit_(options.transmit_buffer_count, options.datagram_max, BufferPool::Pages::WhenUsed),
      receive_(options.receive_buffer_count, options.datagram_max, BufferPool::Pages::WhenUsed),
      mailbox_(options.receive_queue_max),
      version_seen_(machine.version()) {
    capabilities_.name = "sim";
    capabilities_.datagram_max = options.datagram_max;
    capabilities_.transmit_buffer_count = options.transmit_buffer_count;
    capabilities_.receive_buffer_count = options.receive_buffer_count;
    capabilities_.notes = {"time is virtual: wait() moves it and watches no descriptor"};
    capabilities_.drop_remedy = "raise mcast::sim::Options::receive_queue_max";
    machine_.add(*this);
}

SimTransport::~SimTransport() {
    machine_.remove(*this);
}

Result<void> SimTransport::attach(const Interface& interface) {
    const Adapter* adapter = machine_.find(interface.index);
    const std::string step = "attach " + interface.name;
    if (adapter == nullptr) {
        return Error{ErrorCode::TryAgain, ENODEV, step + ": there is no such interface any more"};
    }
    if (!adapter->up) return Error{ErrorCode::TryAgain, ENETDOWN, step + ": it is down"};
    if (interface.addresses.empty()) {
        return Error{ErrorCode::TryAgain, EADDRNOTAVAIL, step + ": it has no address yet"};
    }
    Attachment* attachment = find(interface.index);
    if (attachment == nullptr) {
        attachments_.push_back({});
        attachment = &attachments_.back();
        attachment->interface = interface.index;
    }
    attachment->ipv4 = interface.has_address(Family::Ipv4);
    attachment->ipv6 = interface.has_address(Family::Ipv6);
    return {};
}

void SimTransport::detach(InterfaceIndex interface) {
    std::erase_if(attachments_, [interface](const Attachment& attachment) {
        return attachment.interface == interface;
    });
    mailbox_.forget(interface);
}

Result<void> SimTransport::join(const Group& group, InterfaceIndex interface) {
    const std::string step = "join " + to_string(group);
    if (!group.address.is_multicast()) {
        return Error{ErrorCode::InvalidArgument, EINVAL, step + ": not a multicast address"};
    }
    Attachment* attachment = find(interface);
    if (attachment == nullptr || machine_.find(interface) == nullptr) {
        return Error{
            ErrorCode::TryAgain, ENODEV,
            step + ": interface #" + std::to_string(interface.value) + " is gone or not attached"};
    }
    if (!attachment->has(group.address.family())) {
        return Error{ErrorCode::TryAgain, EADDRNOTAVAIL,
                     step + ": interface #" + std::to_string(interface.value) +
                         " has no address of this family"};
    }
    const auto place =
        std::lower_bound(attachment->groups.begin(), attachment->groups.end(), group);
    if (place == attachment->groups.end() || *place != group) {
        attachment->groups.insert(place, group);
    }
    return {};
}

void SimTransport::leave(const Group& group, InterfaceIndex interface) {
    if (Attachment* attachment = find(interface)) std::erase(attachment->groups, group);
}

void SimTransport::loop_multicast(InterfaceIndex interface, bool on) {
    if (Attachment* attachment = find(interface)) attachment->loops = on;
}

Buffer SimTransport::allocate() {
    return transmit_.allocate();
}

std::size_t SimTransport::send(std::span<Datagram> batch) {
    for (Datagram& datagram : batch) {
        Attachment* attachment = find(datagram.interface);
        const bool has_socket =
            attachment != nullptr && attachment->has(datagram.destination.address.family());
        const int error = lan_.send(
            {machine_, unicast_port_, has_socket, attachment == nullptr || attachment->loops},
            datagram);
        if (attachment == nullptr) continue;
        TransportCounters& counters = attachment->counters;
        ++counters.sent_datagrams;
        counters.sent_bytes += datagram.buffer.size();
        if (error == 0) continue;
        ++counters.send_errors;
        counters.last_send_error = error;
    }
    return batch.size();
}

std::size_t SimTransport::receive(std::span<Datagram> batch) {
    lan_.deliver_due(lan_.now);
    std::size_t count = 0;
    while (count < batch.size() && !mailbox_.empty()) {
        Buffer buffer = receive_.allocate();
        if (!buffer) break;  // stays queued until the node gives buffers back
        Letter& letter = mailbox_.front();
        const Parcel& parcel = *letter.parcel;
        const auto size = static_cast<std::uint32_t>(parcel.bytes.size());
        // All hosts of a Lan have buffers of one size, so what could be sent fits.
        buffer.resize(size);
        if (size > 0) std::memcpy(buffer.data(), parcel.bytes.data(), size);
        if (Attachment* attachment = find(letter.interface)) {
            ++attachment->counters.received_datagrams;
            attachment->counters.received_bytes += size;
        }
        batch[count++] = {std::move(buffer), letter.interface, parcel.destination,
                          parcel.source,     parcel.way,       letter.received_at};
        mailbox_.pop();
    }
    return count;
}

bool SimTransport::ready() {
    // Acquire pairs with wake(): what the waker wrote before is visible to whoever is woken.
    if (woken_.exchange(false, std::memory_order_acquire)) return true;
    if (version_seen_ != machine_.version()) {
        version_seen_ = machine_.version();
        return true;
    }
    // Without a free buffer receive() gives nothing; returning would spin without time moving.
    return !mailbox_.empty() && receive_.free_count() > 0;
}

void SimTransport::wait(Instant deadline) {
    lan_.deliver_due(lan_.now);
    while (!ready()) {
        const std::optional<Instant> next = lan_.arrivals.next_time();
        if (next && *next <= deadline) {
            lan_.deliver_due(*next);
            continue;
        }
        if (deadline != kNever) lan_.deliver_due(deadline);
        return;
    }
}

void SimTransport::wake() {
    woken_.store(true, std::memory_order_release);
}

void SimTransport::watch(int) {
    // A descriptor lives in real time and has no place in a simulation's: see capabilities().notes.
}

TransportCounters SimTransport::counters(InterfaceIndex interface) const {
    const Attachment* attachment = find(interface);
    return attachment != nullptr ? attachment->counters : TransportCounters{};
}

std::size_t SimTransport::receive_buffers_free() const {
    return receive_.free_count();
}

std::optional<Endpoint> SimTransport::unicast_endpoint(InterfaceIndex interface,
                                                       Family family) const {
    const Attachment* attachment = find(interface);
    const Adapter* adapter = machine_.find(interface);
    if (attachment == nullptr || adapter == nullptr || !attachment->has(family)) {
        return std::nullopt;
    }
    return Endpoint{adapter->address(family), unicast_port_};
}

bool SimTransport::wants(InterfaceIndex interface, const Endpoint& destination, Way way) const {
    const Attachment* attachment = find(interface);
    if (attachment == nullptr || !attachment->has(destination.address.family())) return false;
    const std::vector<Group>& groups = attachment->groups;
    if (way == Way::Multicast) {
        return std::binary_search(groups.begin(), groups.end(), destination);
    }
    if (way == Way::Unicast) return destination.port == unicast_port_;
    return destination.port == kPort ||
           std::any_of(groups.begin(), groups.end(), [&destination](const Group& group) {
               return group.port == destination.port;
           });
}

bool SimTransport::deliver(const ParcelHandle& parcel, InterfaceIndex interface, WallTime now) {
    if (mailbox_.push({parcel, interface, now})) return true;
    if (Attachment* attachment = find(interface)) ++attachment->counters.receive_dropped;
    return false;
}

SimTransport::Attachment* SimTransport::find(InterfaceIndex interface) {
    for (Attachment& attachment : attachments_) {
        if (attachment.interface == interface) return &attachment;
    }
    return nullptr;
}

const SimTransport::Attachment* SimTransport::find(InterfaceIndex interface) const {
    return const_cast<SimTransport*>(this)->find(interface);
}

}  // namespace mcast::sim
