#include "transports/dpdk/dpdk_transport.hpp"

#include <rte_mbuf.h>
#include <rte_pause.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "transports/dpdk/eal.hpp"
#include "transports/dpdk/port.hpp"

namespace mcast::dpdk {

namespace {

// The first nap after spinning; each further one is twice as long.
constexpr Duration kNapFirst = std::chrono::microseconds(5);
// Watched descriptors are looked at so often while spinning: a look is a system call.
constexpr unsigned kSpinsPerLook = 64;
// Frames that every driver hands out at a time if it has them: AF_XDP's no more than these.
constexpr std::size_t kFullBurst = 32;

std::string name_of(InterfaceIndex interface) {
    return "interface #" + std::to_string(interface.value);
}

}  // namespace

Result<std::unique_ptr<DpdkTransport>> DpdkTransport::open(const Options& options,
                                                           const PortLease& port,
                                                           const Clock& clock) {
    FileDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake)
        return Error{ErrorCode::System, errno,
                     "make an eventfd: " + std::generic_category().message(errno)};
    std::unique_ptr<DpdkTransport> transport(
        new DpdkTransport(options, port, clock, std::move(wake)));
    const Turn::Hold hold(port->turn());
    if (Result<void> added = port->add(transport->user_); !added) return added.error();
    return transport;
}

DpdkTransport::DpdkTransport(const Options& options, const PortLease& port, const Clock& clock,
                             FileDescriptor wake)
    : options_(options),
      port_(port),
      clock_(clock),
      log_(eal_log()),
      user_(options_),
      wake_(std::move(wake)) {
    watched_.push_back({wake_.get(), POLLIN, 0});
    capabilities_.name = "dpdk";
    capabilities_.datagram_max = options.datagram_max;
    capabilities_.transmit_buffer_count = options.transmit_buffer_count;
    capabilities_.receive_buffer_count = options.receive_buffer_count;
    capabilities_.notes = port->notes();
    capabilities_.drop_remedy =
        "raise receive_buffer_count or receive_descriptors of the dpdk options, or give the node "
        "a core of its own";
}

DpdkTransport::~DpdkTransport() {
    rte_pktmbuf_free_bulk(stock_.data(), static_cast<unsigned>(stocked_));
    const Turn::Hold hold(port_->turn());
    port_->remove(user_);
}

bool DpdkTransport::is_ours(InterfaceIndex interface) const {
    return user_.is_attached() && user_.interface()->index == interface;
}

Result<void> DpdkTransport::attach(const Interface& interface) {
    const std::string step = "attach " + interface.name;
    if (interface.index != port_->index())
        return Error{ErrorCode::InvalidArgument, ENODEV,
                     step + ": this host drives " + port_->device().name().name +
                         " only; open another one for it"};
    const bool usable = std::any_of(interface.addresses.begin(), interface.addresses.end(),
                                    [](const auto& each) { return !each.tentative; });
    if (!usable)
        return Error{ErrorCode::TryAgain, EADDRNOTAVAIL,
                     step + ": it has no address: give one in the dpdk options"};
    const Turn::Hold hold(port_->turn());
    const bool first = !user_.is_attached();
    if (Result<void> attached = port_->attach(user_, interface); !attached) return attached;
    if (first) device_dropped_ = port_->device().dropped();
    return {};
}

void DpdkTransport::detach(InterfaceIndex interface) {
    if (!is_ours(interface)) return;
    const Turn::Hold hold(port_->turn());
    port_->detach(user_);
}

Result<void> DpdkTransport::join(const Group& group, InterfaceIndex interface) {
    const std::string step = "join " + to_string(group) + " on " + name_of(interface);
    if (!group.address.is_multicast())
        return Error{ErrorCode::InvalidArgument, EINVAL, step + ": not a multicast address"};
    if (group.port != options_.port)
        return Error{ErrorCode::InvalidArgument, EINVAL,
                     step + ": multicast is received on port " + std::to_string(options_.port) +
                         " only; use that port or open another transport"};
    if (!is_ours(interface))
        return Error{ErrorCode::TryAgain, ENODEV, step + ": it is not attached"};
    const Turn::Hold hold(port_->turn());
    if (Result<void> joined = port_->join(user_, group); !joined)
        return joined.error().within(step);
    return {};
}

void DpdkTransport::leave(const Group& group, InterfaceIndex interface) {
    if (!is_ours(interface)) return;
    const Turn::Hold hold(port_->turn());
    port_->leave(user_, group);
}

Buffer DpdkTransport::allocate() {
    if (user_.transmit->held() >= options_.transmit_buffer_count) return {};
    if (stocked_ == 0) stocked_ = port_->pool().allocate(stock_);
    if (stocked_ == 0) return {};
    rte_mbuf* const mbuf = stock_[--stocked_];
    return make_buffer(*mbuf, port_->pool().payload(*mbuf), 0,
                       static_cast<std::uint32_t>(options_.datagram_max), *user_.transmit);
}

void DpdkTransport::refuse(const Datagram& datagram) {
    ++unattached_.sent_datagrams;
    unattached_.sent_bytes += datagram.buffer.size();
    ++unattached_.send_errors;
    unattached_.last_send_error = ENODEV;
}

std::size_t DpdkTransport::send(std::span<Datagram> batch) {
    const Turn::Hold hold = port_->turn().attempt();
    if (!hold) return 0;  // another node moves frames now: as busy as a device can be
    std::size_t done = 0;
    while (done < batch.size()) {
        if (!is_ours(batch[done].interface)) {
            refuse(batch[done++]);
            continue;
        }
        std::size_t length = 1;
        while (done + length < batch.size() &&
               batch[done + length].interface == batch[done].interface)
            ++length;
        const std::size_t sent = port_->send(user_, batch.subspan(done, length));
        done += sent;
        if (sent < length) break;
    }
    return done;
}

std::size_t DpdkTransport::receive(std::span<Datagram> batch) {
    std::size_t filled = take_arrivals(batch);
    if (filled == batch.size()) return filled;
    if (const Turn::Hold hold = port_->turn().attempt()) {
        // A burst may be smaller than the batch. A part of one: there is no more now.
        for (bool more = true; more && filled < batch.size();) {
            more = port_->poll() >= kFullBurst;
            const std::size_t taken = take_arrivals(batch.subspan(filled));
            more = more && taken > 0;
            filled += taken;
        }
    } else {
        filled += take_arrivals(batch.subspan(filled));
    }
    if (filled == 0 && log_.unread()) log_.drain(options_.log);
    return filled;
}

std::size_t DpdkTransport::take_arrivals(std::span<Datagram> batch) {
    if (user_.arrivals.empty()) return 0;
    const std::size_t count = std::min(batch.size(), receive_buffers_free());
    std::size_t filled = 0;
    Arrival arrival;
    while (filled < count && user_.arrivals.pop(arrival)) {
        Datagram& datagram = batch[filled++];
        datagram.buffer =
            make_buffer(*arrival.mbuf, arrival.payload, arrival.size, arrival.size, *user_.receive);
        datagram.interface = port_->index();
        datagram.destination = arrival.destination;
        datagram.source = arrival.source;
        datagram.way = arrival.way;
        datagram.received_at = arrival.received_at;
        ++user_.counters.received_datagrams;
        user_.counters.received_bytes += arrival.size;
    }
    return filled;
}

void DpdkTransport::wait(Instant deadline) {
    const Instant start = clock_.now();
    Duration length = kNapFirst;
    for (unsigned round = 0;; ++round) {
        // Acquire: what the waking thread did before is seen after.
        if (woken_.exchange(false, std::memory_order_acquire)) {
            eventfd_t count = 0;
            static_cast<void>(::eventfd_read(wake_.get(), &count));
            return;
        }
        if (receive_buffers_free() > 0 && !user_.arrivals.empty()) return;
        const Instant now = clock_.now();
        if (now >= deadline) return;
        std::size_t frames = 0;
        if (const Turn::Hold hold = port_->turn().attempt()) frames = port_->poll();
        if (frames > 0) {
            length = kNapFirst;
            continue;
        }
        if (options_.idle.sleep_max <= Duration::zero() || now - start < options_.idle.spin) {
            rte_pause();
            if (round % kSpinsPerLook == 0 && nap(Duration::zero())) return;
            continue;
        }
        if (nap(std::min(length, deadline - now))) return;
        length = std::min(2 * length, options_.idle.sleep_max);
    }
}

// True if a descriptor ended it: a wake, or one that is watched.
bool DpdkTransport::nap(Duration length) {
    const timespec timeout{static_cast<time_t>(length.count() / 1'000'000'000),
                           static_cast<long>(length.count() % 1'000'000'000)};
    if (::ppoll(watched_.data(), watched_.size(), &timeout, nullptr) <= 0) return false;
    if (watched_.front().revents != 0) {
        eventfd_t count = 0;
        static_cast<void>(::eventfd_read(wake_.get(), &count));
        woken_.store(false, std::memory_order_relaxed);
    }
    return true;
}

void DpdkTransport::wake() {
    // Release: pairs with wait(). The descriptor ends a nap, the flag the spinning.
    woken_.store(true, std::memory_order_release);
    static_cast<void>(::eventfd_write(wake_.get(), 1));
}

void DpdkTransport::watch(int fd) {
    watched_.push_back({fd, POLLIN, 0});
}

TransportCounters DpdkTransport::counters(InterfaceIndex interface) const {
    if (!interface) return unattached_;
    if (!is_ours(interface)) return {};
    TransportCounters counters = user_.counters;
    // Relaxed: counters of whoever has the turn, which order nothing.
    counters.receive_dropped = user_.dropped.load(std::memory_order_relaxed) +
                               (port_->device().dropped() - device_dropped_);
    counters.send_errors += user_.unresolved.load(std::memory_order_relaxed);
    counters.receive_leaked = user_.leaked.load(std::memory_order_relaxed);
    counters.receive_truncated = user_.truncated.load(std::memory_order_relaxed);
    return counters;
}

std::size_t DpdkTransport::receive_buffers_free() const {
    const std::size_t held = user_.receive->held();
    return held < options_.receive_buffer_count ? options_.receive_buffer_count - held : 0;
}

std::optional<Endpoint> DpdkTransport::unicast_endpoint(InterfaceIndex interface,
                                                        Family family) const {
    return is_ours(interface) ? user_.unicast_endpoint(family) : std::nullopt;
}

}  // namespace mcast::dpdk
