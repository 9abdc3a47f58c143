#include "tests/conformance/veth_world.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "platform/steady_clock.hpp"
#include "tests/conformance/in_namespace.hpp"

namespace mcast::conformance {

namespace {

void wait_until_running(const NetworkNamespace& where) {
    {
        const NetworkNamespace::Visit visit(where);
        const FileDescriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ifreq request{};
        std::strcpy(request.ifr_name, "veth0");
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        do {
            if (::ioctl(any.get(), SIOCGIFFLAGS, &request) != 0 ||
                std::chrono::steady_clock::now() > deadline)
                throw std::runtime_error("veth0 does not come up");
            ::sched_yield();
        } while ((request.ifr_flags & IFF_RUNNING) == 0);
    }
    // Its queue is activated a moment later under the same lock, which this command takes as well.
    where.ip("link set veth0 up");
}

}  // namespace

void VethPair::connect() {
    here_.ip("link add veth0 type veth peer name veth0 netns " + there_.path());
    for (const Place place : {Place::Here, Place::There}) {
        const NetworkNamespace& space = host(place);
        const std::string last = std::to_string(place == Place::Here ? kHere : kThere);
        // No generated address and no duplicate address detection: ready at once.
        space.ip("link set veth0 addrgenmode none");
        space.ip("addr add 10.77.0." + last + "/24 brd + dev veth0");
        space.ip("addr add fe80::" + last + "/64 dev veth0 nodad");
        space.ip("addr add fd77::" + last + "/64 dev veth0 nodad");
    }
    for (const Place place : {Place::Here, Place::There})
        host(place).ip("link set veth0 up");
    wait_until_running();
}

void VethPair::wait_until_running() const {
    for (const Place place : {Place::Here, Place::There})
        mcast::conformance::wait_until_running(host(place));
}

Interface VethPair::interface(Place place, std::uint8_t last) const {
    const std::uint8_t host_part = place == Place::Here ? kHere : kThere;
    Interface veth;
    {
        const NetworkNamespace::Visit visit(host(place));
        veth.index = InterfaceIndex{::if_nametoindex("veth0")};
    }
    veth.name = "veth0";
    veth.kind = InterfaceKind::Ethernet;
    veth.mtu = 1500;
    veth.up = veth.multicast = veth.broadcast = true;
    veth.addresses = {
        {Address::ipv4(10, 77, 0, last), 24, Address::ipv4(10, 77, 0, 255), false},
        {Address::ipv6({0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host_part}),
         64,
         {},
         false},
        {Address::ipv6({0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host_part}),
         64,
         {},
         false}};
    return veth;
}

Station VethWorld::station(Place place, const socket::Options& options) {
    Station station;
    station.host.clock = std::make_unique<platform::SteadyClock>();
    auto transport = make_kernel_transport(options, *station.host.clock);
    if (!transport) throw std::runtime_error(transport.error().what);
    station.host.transport =
        std::make_unique<InNamespace>(std::move(*transport), pair_.host(place));
    station.interface =
        pair_.interface(place, place == Place::Here ? VethPair::kHere : VethPair::kThere);
    return station;
}

std::unique_ptr<SocketWorld> veth_world() {
    // One for the whole run: a new cable takes the kernel a second. Tests that change it lay their
    // own.
    static const VethPair pair;
    return std::make_unique<VethWorld>(pair);
}

}  // namespace mcast::conformance
