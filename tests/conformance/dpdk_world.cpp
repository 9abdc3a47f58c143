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
    options.nodes_max = 5;
    options.memory = dpdk::Memory::Ordinary;
    return options;
}

Station dpdk_station(const dpdk::Options& wanted) {
    dpdk::Options options = wanted;
    static std::string said;  // the station goes on logging
    said.clear();
    options.log = [](LogLevel, std::string_view line) { said.append("\n").append(line); };
    Result<Host> host = dpdk::host(options);
    if (!host) throw std::runtime_error(host.error().what + said);
    Station station;
    station.host = std::move(*host);
    station.host.interfaces->poll();
    station.interface = station.host.interfaces->interfaces().front();
    return station;
}

}  // namespace mcast::conformance
