#include "tests/conformance/dpdk_world.hpp"

#include <unistd.h>

#include <stdexcept>

namespace mcast::conformance {

dpdk::Options dpdk_options(const std::string& device, unsigned last) {
    dpdk::Options options;
    options.device = device;
    const std::string host = std::to_string(last);
    options.addresses = {"10.78.0." + host + "/24", "fd78::" + host + "/64"};
    options.datagram_max = kDatagramMax;
    options.transmit_buffer_count = kTransmitBuffers;
    options.receive_buffer_count = kReceiveBuffers;
    options.nodes_max = 4;
    options.memory = dpdk::Memory::Ordinary;
    return options;
}

Station dpdk_station(const dpdk::Options& options) {
    Result<Host> host = dpdk::host(options);
    if (!host) throw std::runtime_error(host.error().what);
    Station station;
    station.host = std::move(*host);
    station.host.interfaces->poll();
    station.interface = station.host.interfaces->interfaces().front();
    return station;
}

}  // namespace mcast::conformance
