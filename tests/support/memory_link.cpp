#include "tests/support/memory_link.hpp"

#include <algorithm>

#include "base/ring.hpp"

namespace mcast::support {

namespace {

constexpr std::uint32_t kInterface = 2;
constexpr std::uint16_t kPort = 7401;

Address address_of(std::uint8_t number) {
    return Address::ipv4(10, 0, 0, number);
}

}  // namespace

class MemoryLink::TimeOf final : public Clock {
public:
    explicit TimeOf(const MemoryLink& link) : link_(link) {}
    Instant now() const override { return link_.now_; }
    WallTime wall_now() const override { return WallTime(link_.now_.time_since_epoch()); }

private:
    const MemoryLink& link_;
};

class MemoryLink::Monitor final : public InterfaceMonitor {
public:
    explicit Monitor(std::uint8_t number) {
        interface_.index = {kInterface};
        interface_.name = "eth0";
        interface_.kind = InterfaceKind::Ethernet;
        interface_.mtu = 1500;
        interface_.up = interface_.multicast = true;
        interface_.addresses.push_back({address_of(number), 24, {}, false});
    }
    std::span<const Interface> interfaces() const override { return {&interface_, 1}; }
    bool poll() override { return false; }
    int fd() const override { return -1; }

private:
    Interface interface_;
};

class MemoryLink::Plug final : public Transport {
public:
    Plug(MemoryLink& link, std::uint8_t number)
        : link_(link), number_(number), queue_(link.queue_capacity_) {
        capabilities_.name = "memory";
        capabilities_.datagram_max = 1472;
        capabilities_.transmit_buffer_count = pool_.count();
        capabilities_.receive_buffer_count = link.queue_capacity_;
    }
    ~Plug() override { std::erase(link_.plugs_, this); }

    const Capabilities& capabilities() const override { return capabilities_; }
    Result<void> attach(const Interface&) override { return {}; }
    void detach(InterfaceIndex) override {}
    Result<void> join(const Group&, InterfaceIndex) override { return {}; }
    void leave(const Group&, InterfaceIndex) override {}
    Buffer allocate() override { return pool_.allocate(); }

    std::size_t send(std::span<Datagram> batch) override {
        if (link_.watcher_) link_.watcher_(batch);
        for (const Datagram& datagram : batch) {
            for (Plug* other : link_.plugs_)
                if (other != this) other->take_in(datagram, {address_of(number_), kPort});
        }
        return batch.size();
    }
    std::size_t receive(std::span<Datagram> batch) override {
        std::size_t count = 0;
        while (count < batch.size() && !queue_.empty())
            batch[count++] = queue_.pop();
        return count;
    }
    void say_runs() { capabilities_.run_max = 64; }
    void take_in(const Datagram& sent, const Endpoint& source) {
        if (queue_.full()) {
            ++counters_.receive_dropped;
            return;
        }
        Datagram datagram = sent;
        datagram.interface = {kInterface};
        datagram.source = source;
        queue_.push(std::move(datagram));
    }

    void wait(Instant deadline) override { link_.now_ = std::max(link_.now_, deadline); }
    void wake() override {}
    void watch(int) override {}
    TransportCounters counters(InterfaceIndex) const override { return counters_; }
    std::size_t receive_buffers_free() const override { return queue_.capacity() - queue_.size(); }
    std::optional<Endpoint> unicast_endpoint(InterfaceIndex, Family family) const override {
        if (family != Family::Ipv4) return std::nullopt;
        return Endpoint{address_of(number_), kPort};
    }

private:
    MemoryLink& link_;
    std::uint8_t number_;
    Capabilities capabilities_;
    TransportCounters counters_;
    BufferPool pool_{512, 1472};
    Ring<Datagram> queue_;
};

MemoryLink::~MemoryLink() = default;

Host MemoryLink::host() {
    const auto number = ++hosts_;
    auto plug = std::make_unique<Plug>(*this, number);
    plugs_.push_back(plug.get());
    Host host;
    host.clock = std::make_unique<TimeOf>(*this);
    host.interfaces = std::make_unique<Monitor>(number);
    host.transport = std::move(plug);
    host.seed = number;
    return host;
}

void MemoryLink::watch_batches(std::function<void(std::span<const Datagram>)> watcher) {
    watcher_ = std::move(watcher);
    for (Plug* plug : plugs_)
        plug->say_runs();
}

void MemoryLink::inject(Buffer buffer, const Endpoint& source) {
    Datagram datagram;
    datagram.buffer = std::move(buffer);
    for (Plug* plug : plugs_)
        plug->take_in(datagram, source);
}

}  // namespace mcast::support
