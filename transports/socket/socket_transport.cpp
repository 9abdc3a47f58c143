#include "transports/socket/socket_transport.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "transports/socket/kernel_abilities.hpp"
#include "transports/socket/syscall_engine.hpp"
#include "transports/socket/system_error.hpp"

namespace mcast::socket {

namespace {

constexpr Duration kInheritedGrace = std::chrono::seconds(10);

std::string name_of(InterfaceIndex interface) {
    return "interface #" + std::to_string(interface.value);
}

Result<std::unique_ptr<Transport>> make(const Options& options, const Clock& clock,
                                        const EngineMaker& make_engine, const std::string& note) {
    Result<Options> usable = checked(options);
    if (!usable) return usable.error();
    Capabilities capabilities;
    if (!note.empty()) capabilities.notes.push_back(note);
    note_kernel_abilities(*usable, capabilities);
    Result<std::unique_ptr<Engine>> engine = make_engine(*usable, clock);
    if (!engine) return engine.error();
    (*engine)->describe(capabilities);
    return std::unique_ptr<Transport>(std::make_unique<SocketTransport>(
        *usable, std::move(capabilities), clock, std::move(*engine)));
}

}  // namespace

Result<std::unique_ptr<Transport>> make_transport(const Options& options, const Clock& clock,
                                                  const std::string& note) {
    return make(options, clock, SyscallEngine::open, note);
}

Result<std::unique_ptr<Transport>> make_transport(const Options& options, const Clock& clock,
                                                  const EngineMaker& make_engine) {
    return make(options, clock, make_engine, {});
}

SocketTransport::SocketTransport(const Options& options, Capabilities capabilities,
                                 const Clock& clock, std::unique_ptr<Engine> engine)
    : options_(options),
      capabilities_(std::move(capabilities)),
      clock_(clock),
      transmit_(options.transmit_buffer_count, options.datagram_max),
      engine_(std::move(engine)),
      send_batch_(options.datagram_max, options.ttl, *engine_) {}

Result<void> SocketTransport::attach(const Interface& interface) {
    if (options_.keeper != nullptr) inherited_until_ = clock_.now() + kInheritedGrace;
    if (InterfaceSockets* attached = find(interface.index)) return attached->update(interface);
    auto sockets = std::make_unique<InterfaceSockets>(interface.index, interface.name, options_,
                                                      *engine_, port_holder_);
    if (Result<void> result = sockets->update(interface); !result) return result;
    interfaces_.push_back(std::move(sockets));
    return {};
}

void SocketTransport::detach(InterfaceIndex interface) {
    if (InterfaceSockets* sockets = find(interface)) sockets->discard();
    std::erase_if(interfaces_,
                  [interface](const auto& sockets) { return sockets->index() == interface; });
}

Result<void> SocketTransport::join(const Group& group, InterfaceIndex interface) {
    const std::string step = "join " + to_string(group) + " on " + name_of(interface);
    if (!group.address.is_multicast())
        return Error{ErrorCode::InvalidArgument, EINVAL, step + ": not a multicast address"};
    if (group.port != options_.port)
        return Error{ErrorCode::InvalidArgument, EINVAL,
                     step + ": multicast is received on port " + std::to_string(options_.port) +
                         " only; use that port or open another transport"};
    if (group.address.family() == Family::Ipv4 ? !options_.ipv4 : !options_.ipv6)
        return Error{ErrorCode::Unsupported, EAFNOSUPPORT,
                     step + ": this family is switched off by the options"};
    InterfaceSockets* sockets = find(interface);
    if (sockets == nullptr)
        return Error{ErrorCode::TryAgain, ENODEV, step + ": it is not attached"};
    return sockets->join(group);
}

void SocketTransport::leave(const Group& group, InterfaceIndex interface) {
    InterfaceSockets* sockets = find(interface);
    if (sockets == nullptr || !group.address.is_multicast() || group.port != options_.port) return;
    sockets->leave(group);
}

void SocketTransport::loop_multicast(InterfaceIndex interface, bool on) {
    if (InterfaceSockets* sockets = find(interface)) sockets->loop_multicast(on);
}

Buffer SocketTransport::allocate() {
    Buffer buffer = transmit_.allocate();
    if (!buffer || buffer.capacity() == capabilities_.datagram_max) return buffer;
    // The pool rounds up; a slice has no more capacity than it says.
    const auto size = static_cast<std::uint32_t>(capabilities_.datagram_max);
    buffer.resize(size);
    buffer = buffer.slice(0, size);
    buffer.resize(0);
    return buffer;
}

std::size_t SocketTransport::receive(std::span<Datagram> batch) {
    if (inherited_until_ != kNever && clock_.now() >= inherited_until_) {
        inherited_until_ = kNever;
        for (const auto& sockets : interfaces_)
            sockets->leave_inherited();
    }
    return engine_->receive(batch);
}

std::size_t SocketTransport::send(std::span<Datagram> batch) {
    std::size_t done = 0;
    while (done < batch.size()) {
        const Datagram& first = batch[done];
        const Family family = first.destination.address.family();
        std::size_t length = 1;
        while (length < SendBatch::kMax && done + length < batch.size() &&
               batch[done + length].interface == first.interface &&
               batch[done + length].destination.address.family() == family)
            ++length;
        const std::span<const Datagram> run = batch.subspan(done, length);
        InterfaceSockets* sockets = find(first.interface);
        Receiver* sender = sockets != nullptr ? sockets->sender(family) : nullptr;
        if (sender == nullptr) {
            refuse(sockets, run);
            done += length;
            continue;
        }
        const std::size_t sent = send_batch_.send(*sender, run);
        note_segmentation(*sockets, *sender);
        done += sent;
        if (sent < length) break;
    }
    return done;
}

void SocketTransport::note_segmentation(const InterfaceSockets& sockets, Receiver& sender) {
    const int error = sender.segmentation.take_news();
    if (error == 0) return;
    capabilities_.notes.push_back("no UDP_SEGMENT on " + sockets.name() + ": it was refused (" +
                                  describe(error) + "), each datagram passes the kernel by itself");
}

void SocketTransport::refuse(InterfaceSockets* sockets, std::span<const Datagram> run) {
    TransportCounters& counters = sockets != nullptr ? sockets->own_counters() : unattached_;
    for (const Datagram& datagram : run) {
        ++counters.sent_datagrams;
        counters.sent_bytes += datagram.buffer.size();
        ++counters.send_errors;
    }
    counters.last_send_error = sockets != nullptr ? EADDRNOTAVAIL : ENODEV;
}

void SocketTransport::wait(Instant deadline) {
    std::optional<Duration> timeout;
    if (deadline != kNever) timeout = std::max(deadline - clock_.now(), Duration::zero());
    engine_->wait(timeout);
}

TransportCounters SocketTransport::counters(InterfaceIndex interface) const {
    if (const InterfaceSockets* sockets = find(interface)) return sockets->counters();
    return interface ? TransportCounters{} : unattached_;
}

std::optional<Endpoint> SocketTransport::unicast_endpoint(InterfaceIndex interface,
                                                          Family family) const {
    const InterfaceSockets* sockets = find(interface);
    return sockets != nullptr ? sockets->unicast_endpoint(family) : std::nullopt;
}

InterfaceSockets* SocketTransport::find(InterfaceIndex interface) const {
    // A handful at most.
    for (const auto& sockets : interfaces_)
        if (sockets->index() == interface) return sockets.get();
    return nullptr;
}

}  // namespace mcast::socket
