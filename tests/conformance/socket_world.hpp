#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mcast/socket.hpp"
#include "tests/conformance/world.hpp"

namespace mcast::conformance {

// The transport over kernel sockets that is to be tested: each program that links the worlds of
// kernel sockets defines it.
[[nodiscard]] Result<std::unique_ptr<Transport>> make_kernel_transport(
    const socket::Options& options, const Clock& clock);

// A world of kernel sockets, where more can be asked of a station.
class SocketWorld : public World {
public:
    [[nodiscard]] Station station(Place place) override { return station(place, options()); }
    [[nodiscard]] virtual Station station(Place place, const socket::Options& options) = 0;
    [[nodiscard]] std::uint16_t port() const override { return port_; }

    // What the suite asks for, on a port that nothing else on this machine uses now.
    [[nodiscard]] socket::Options options() const;

protected:
    SocketWorld();

private:
    std::uint16_t port_;
};

struct SocketWorldMaker {
    std::string name;
    std::unique_ptr<SocketWorld> (*make)();
};

// The loopback interface of the host that the tests run on; IPv6 multicast does not pass it.
[[nodiscard]] std::unique_ptr<SocketWorld> loopback_world();
// The same without runs: no UDP_SEGMENT, no UDP_GRO.
[[nodiscard]] std::unique_ptr<SocketWorld> plain_loopback_world();
// Two network namespaces and a veth pair between them. They go with the process at the latest,
// however it ends, since nothing but its descriptors holds them. Root only.
[[nodiscard]] std::unique_ptr<SocketWorld> veth_world();

// Those that this user can have.
[[nodiscard]] std::vector<SocketWorldMaker> socket_worlds();

}  // namespace mcast::conformance
