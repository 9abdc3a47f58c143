#include "tests/conformance/socket_world.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "base/file_descriptor.hpp"
#include "platform/steady_clock.hpp"

namespace mcast::conformance {

namespace {

std::uint16_t free_port() {
    const FileDescriptor probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(probe.get(), generic, length) != 0 ||
        ::getsockname(probe.get(), generic, &length) != 0)
        throw std::runtime_error("no free UDP port");
    return ntohs(address.sin_port);
}

class LoopbackWorld : public SocketWorld {
public:
    using SocketWorld::station;

    Station station(Place, const socket::Options& options) override {
        Station station;
        station.host.clock = std::make_unique<platform::SteadyClock>();
        auto transport = make_kernel_transport(options, *station.host.clock);
        if (!transport) throw std::runtime_error(transport.error().what);
        station.host.transport = std::move(*transport);
        Interface& lo = station.interface;
        lo.index = InterfaceIndex{::if_nametoindex("lo")};
        lo.name = "lo";
        lo.kind = InterfaceKind::Loopback;
        lo.mtu = 65536;
        lo.up = true;
        lo.addresses = {
            {Address::ipv4(127, 0, 0, 1), 8, Address::ipv4(127, 255, 255, 255), false},
            {Address::ipv6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 128, {}, false}};
        return station;
    }
    std::vector<Family> multicast_families() const override { return {Family::Ipv4}; }
    std::vector<Family> unicast_families() const override { return {Family::Ipv4, Family::Ipv6}; }
};

// The same on a kernel that has neither UDP_SEGMENT nor UDP_GRO.
class PlainLoopbackWorld final : public LoopbackWorld {
public:
    using SocketWorld::station;

    Station station(Place place, const socket::Options& options) override {
        socket::Options plain = options;
        plain.gso = plain.gro = false;
        return LoopbackWorld::station(place, plain);
    }
};

}  // namespace

SocketWorld::SocketWorld() : port_(free_port()) {}

socket::Options SocketWorld::options() const {
    socket::Options options;
    options.port = port_;
    options.datagram_max = kDatagramMax;
    options.transmit_buffer_count = kTransmitBuffers;
    options.receive_buffer_count = kReceiveBuffers;
    return options;
}

std::unique_ptr<SocketWorld> loopback_world() {
    return std::make_unique<LoopbackWorld>();
}

std::unique_ptr<SocketWorld> plain_loopback_world() {
    return std::make_unique<PlainLoopbackWorld>();
}

std::vector<SocketWorldMaker> socket_worlds() {
    std::vector<SocketWorldMaker> result{{"Loopback", loopback_world},
                                         {"PlainLoopback", plain_loopback_world}};
    if (::geteuid() == 0) result.push_back({"Veth", veth_world});
    return result;
}

}  // namespace mcast::conformance
