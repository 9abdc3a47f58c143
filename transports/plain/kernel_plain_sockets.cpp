#include "transports/plain/kernel_plain_sockets.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "transports/plain/plain_socket.hpp"
#include "transports/socket/system_error.hpp"

namespace mcast::plain {

using socket::PinnedSocket;
using socket::system_error;

namespace {

constexpr std::size_t kEventsMax = 64;    // more sockets wait for the next call
constexpr std::uint32_t kPlaceBits = 12;  // of an id; above them is a number that never repeats
constexpr std::uint64_t kPlaceMask = (1u << kPlaceBits) - 1;
constexpr std::uint32_t kSocketBits = 8;  // of an event: which of a slot's sockets
constexpr std::uint32_t kSocketMask = (1u << kSocketBits) - 1;

std::size_t place_of(PlainSocketId id) {
    return (id.value & kPlaceMask) - 1;
}

}  // namespace

Result<std::unique_ptr<PlainSockets>> KernelPlainSockets::open(socket::SocketKeeper* keeper) {
    FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return system_error("open an epoll for plain sockets", errno);
    return std::unique_ptr<PlainSockets>(new KernelPlainSockets(std::move(epoll), keeper));
}

KernelPlainSockets::KernelPlainSockets(FileDescriptor epoll, socket::SocketKeeper* keeper)
    : epoll_(std::move(epoll)), keeper_(keeper) {
    capabilities_.fd = epoll_.get();
    const Result<FileDescriptor> raw = open_raw({}, Family::Ipv4);
    capabilities_.keeps_source = raw.has_value();
    if (!raw)
        capabilities_.why_not = raw.error().code == ErrorCode::PermissionDenied
                                    ? "raw sockets need the capability CAP_NET_RAW, which this "
                                      "process has not (systemd: AmbientCapabilities=CAP_NET_RAW)"
                                    : raw.error().what;
}

const KernelPlainSockets::Slot* KernelPlainSockets::find(PlainSocketId socket) const {
    const std::size_t place = place_of(socket);
    return socket && place < slots_.size() && slots_[place].id == socket ? &slots_[place] : nullptr;
}

KernelPlainSockets::Port& KernelPlainSockets::port_of(InterfaceIndex interface) {
    for (Port& port : ports_)
        if (port.interface == interface) return port;
    ports_.emplace_back().interface = interface;
    return ports_.back();
}

Result<PlainSocketId> KernelPlainSockets::keep(const Interface& interface,
                                               std::vector<PinnedSocket> sockets) {
    std::size_t place = 0;
    while (place < slots_.size() && slots_[place].id)
        ++place;
    if (place == kSocketsMax || sockets.size() > kSocketMask)
        return Error{ErrorCode::LimitReached, 0,
                     "open a socket on " + interface.name + ": " + std::to_string(kSocketsMax) +
                         " are the limit (kSocketsMax): carry fewer groups between fewer "
                         "interfaces"};
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u32 = static_cast<std::uint32_t>(place << kSocketBits | i);
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, sockets[i].fd(), &event) != 0) {
            const int error = errno;
            unwatch(sockets);
            return system_error("wait for a socket on " + interface.name, error);
        }
    }
    if (place == slots_.size()) slots_.emplace_back();
    Slot& slot = slots_[place];
    slot.id = {++generation_ << kPlaceBits | (place + 1)};
    slot.interface = interface.index;
    slot.sockets = std::move(sockets);
    Port& port = port_of(interface.index);
    port.mtu = interface.mtu;
    ++port.users;
    return slot.id;
}

Result<PlainSocketId> KernelPlainSockets::listen(const Interface& interface,
                                                 const Endpoint& destination) {
    const socket::KeptSockets kept(keeper_, interface.index);
    std::vector<std::string> names;
    for (const Endpoint& local : listeners_of(interface, destination))
        names.push_back(kept.bound_to(local));
    Result<std::vector<PinnedSocket>> opened =
        open_listeners(interface, destination, kept, port_holder_);
    Result<PlainSocketId> socket = opened ? keep(interface, std::move(*opened)) : opened.error();
    if (!socket) {
        // Those that were adopted are closed; what is opened for them later has to be kept anew.
        for (const std::string& name : names)
            kept.forget(name);
        return socket;
    }
    Slot& slot = slots_[place_of(*socket)];
    for (std::size_t i = 0; i < names.size(); ++i)
        kept.keep(names[i], slot.sockets[i]);
    if (keeper_ != nullptr) slot.kept_names = std::move(names);
    return socket;
}

Result<PlainSocketId> KernelPlainSockets::lend(const Interface& interface, Family family) {
    Result<PinnedSocket> opened = open_lent(interface, family, port_holder_);
    if (!opened) return opened.error();
    std::vector<PinnedSocket> sockets;
    sockets.push_back(std::move(*opened));
    return keep(interface, std::move(sockets));
}

void KernelPlainSockets::close(PlainSocketId socket) {
    if (find(socket) == nullptr) return;
    Slot& slot = slots_[place_of(socket)];
    for (const std::string& name : slot.kept_names)
        keeper_->forget(name);
    if (--port_of(slot.interface).users == 0)
        std::erase_if(ports_, [](const Port& port) { return port.users == 0; });
    unwatch(slot.sockets);
    slot = Slot{};
}

void KernelPlainSockets::unwatch(std::span<const PinnedSocket> sockets) const {
    // One that is closed leaves its epoll by itself only when nobody, such as a keeper, has a copy.
    for (const PinnedSocket& one : sockets)
        static_cast<void>(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, one.fd(), nullptr));
}

void KernelPlainSockets::set_mtu(InterfaceIndex interface, std::size_t mtu) {
    for (Port& port : ports_)
        if (port.interface == interface) port.mtu = mtu;
}

std::size_t KernelPlainSockets::receive(std::span<PlainArrival> batch) {
    arrivals_.clear();
    std::array<epoll_event, kEventsMax> events;
    const int found = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    if (found <= 0) return 0;
    std::size_t filled = 0;
    for (int i = 0; i < found; ++i) {
        const std::uint32_t tag = events[static_cast<std::size_t>(i)].data.u32;
        Slot& slot = slots_[tag >> kSocketBits];
        const std::size_t which = tag & kSocketMask;
        if (which >= slot.sockets.size()) continue;
        // A share for each, so that a busy one does not starve the others.
        const std::size_t room = std::min(batch.size() - filled, arrivals_.free());
        const std::size_t share = std::max<std::size_t>(room / static_cast<std::size_t>(found - i),
                                                        std::min<std::size_t>(room, 1));
        filled += arrivals_.receive(slot.sockets[which], slot.id, slot.interface,
                                    batch.subspan(filled, share));
    }
    return filled;
}

void KernelPlainSockets::send(std::span<PlainDeparture> batch) {
    while (!batch.empty()) {
        PlainDeparture& first = batch.front();
        const Slot* slot = find(first.socket);
        if (slot == nullptr || slot->sockets.empty()) {
            first.error = ENODEV;
            batch = batch.subspan(1);
            continue;
        }
        if (first.source) {
            send_keeping(first, *slot);
            batch = batch.subspan(1);
            continue;
        }
        const auto end = std::find_if(batch.begin(), batch.end(), [&](const PlainDeparture& next) {
            return next.socket != first.socket || next.source;
        });
        const auto run = batch.first(static_cast<std::size_t>(end - batch.begin()));
        departures_.send(slot->sockets.front().fd(), slot->interface, run);
        batch = batch.subspan(run.size());
    }
}

void KernelPlainSockets::send_keeping(PlainDeparture& departure, const Slot& slot) {
    Port& port = port_of(slot.interface);
    const Family family = departure.destination.address.family();
    FileDescriptor& raw = family == Family::Ipv6 ? port.raw_ipv6 : port.raw_ipv4;
    if (!raw) {
        Result<FileDescriptor> opened = open_raw(slot.interface, family);
        if (!opened) {
            departure.error = opened.error().os;
            return;
        }
        raw = std::move(*opened);
    }
    departures_.send_raw(raw.get(), slot.interface, port.mtu, departure);
}

std::uint64_t KernelPlainSockets::dropped(PlainSocketId socket) const {
    const Slot* slot = find(socket);
    std::uint64_t total = 0;
    if (slot == nullptr) return total;
    for (const PinnedSocket& one : slot->sockets)
        total += one.drops();
    return total;
}

}  // namespace mcast::plain
