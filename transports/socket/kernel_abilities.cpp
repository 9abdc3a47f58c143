#include "transports/socket/kernel_abilities.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/file_descriptor.hpp"
#include "transports/socket/pinned_socket.hpp"
#include "transports/socket/segment_run.hpp"
#include "transports/socket/socket_address.hpp"
#include "transports/socket/system_error.hpp"

// Newer than some C libraries; the numbers are those of linux/udp.h.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace mcast::socket {

namespace {

constexpr std::size_t kDatagramLeast = 64;  // the largest header alone
// 65535 of an IPv4 packet - 20 IPv4 - 8 UDP, rounded down to words.
constexpr std::size_t kDatagramMost = 65504;

Error invalid(const std::string& what) {
    return {ErrorCode::InvalidArgument, EINVAL, "socket options: " + what};
}

void note_receive_buffer(const Options& options, Capabilities& capabilities) {
    const FileDescriptor probe(::socket(kernel_family(options.ipv4 ? Family::Ipv4 : Family::Ipv6),
                                        SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const std::size_t wanted = options.receive_buffer_size;
    const std::size_t given = probe ? set_receive_buffer(probe.get(), wanted) : 0;
    if (given >= wanted) {
        capabilities.drop_remedy = "raise receive_buffer_size of the socket options above " +
                                   std::to_string(wanted) + ", and the sysctl net.core.rmem_max " +
                                   "with it";
        return;
    }
    capabilities.notes.push_back("receive buffers are " + std::to_string(given) + " bytes, not " +
                                 std::to_string(wanted) +
                                 ": net.core.rmem_max is the limit without CAP_NET_ADMIN");
    capabilities.drop_remedy = "raise net.core.rmem_max: sysctl -w net.core.rmem_max=" +
                               std::to_string(std::max<std::size_t>(wanted, 8u << 20));
}

void note_families(const Options& options, Capabilities& capabilities) {
    for (const Family family : {Family::Ipv4, Family::Ipv6}) {
        if (!(family == Family::Ipv4 ? options.ipv4 : options.ipv6)) continue;
        const FileDescriptor probe(::socket(kernel_family(family), SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (!probe)
            capabilities.notes.push_back(std::string(family == Family::Ipv4 ? "IPv4" : "IPv6") +
                                         " is not there: " + describe(errno));
    }
}

// Tries an option of UDP that joins datagrams to runs; switches it off and says why if it is not
// there.
void try_run_option(bool& wanted, int option, const std::string& name, const std::string& gain,
                    Capabilities& capabilities) {
    if (!wanted) {
        capabilities.notes.push_back("no " + name + ": switched off by the options");
        return;
    }
    const FileDescriptor probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int error = probe ? set_option(probe.get(), IPPROTO_UDP, option, 1) : errno;
    wanted = error == 0;
    capabilities.notes.push_back(wanted ? gain + " (" + name + ")"
                                        : "no " + name + ": " + describe(error) +
                                              "; it came with Linux 4.18 and 5.0");
}

void note_runs(Options& options, Capabilities& capabilities) {
    try_run_option(options.gso, UDP_SEGMENT, "UDP_SEGMENT",
                   "runs of equal datagrams leave as one send", capabilities);
    try_run_option(options.gro, UDP_GRO, "UDP_GRO", "runs of datagrams arrive in one piece",
                   capabilities);
    capabilities.run_max = options.gso ? kSegmentsMax : 1;
}

}  // namespace

Result<Options> checked(const Options& options) {
    if (!options.ipv4 && !options.ipv6)
        return invalid("IPv4 and IPv6 are both switched off; leave one of them on");
    if (options.port == 0) return invalid("port is 0; everybody must know it, e.g. 7400");
    if (options.unicast_port == options.port)
        return invalid("port and unicast_port are both " + std::to_string(options.port) +
                       "; the one is shared with other processes, the other never");
    if (options.datagram_max < kDatagramLeast || options.datagram_max > kDatagramMost)
        return invalid("datagram_max is " + std::to_string(options.datagram_max) +
                       "; it must be from " + std::to_string(kDatagramLeast) + " to " +
                       std::to_string(kDatagramMost));
    if (options.transmit_buffer_count == 0) return invalid("transmit_buffer_count must not be 0");
    // What lies askew in one is copied to another.
    if (options.receive_buffer_count < 2)
        return invalid("receive_buffer_count is " + std::to_string(options.receive_buffer_count) +
                       "; it must be at least 2");
    Options result = options;
    result.datagram_max &= ~std::size_t{7};
    return result;
}

void note_kernel_abilities(Options& options, Capabilities& capabilities) {
    capabilities.datagram_max = options.datagram_max;
    capabilities.transmit_buffer_count = options.transmit_buffer_count;
    capabilities.receive_buffer_count = options.receive_buffer_count;
    note_runs(options, capabilities);
    note_families(options, capabilities);
    note_receive_buffer(options, capabilities);
}

}  // namespace mcast::socket
