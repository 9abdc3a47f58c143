// The XDP program of transports/dpdk/port_filter_code, judged by the kernel: it loads it and runs
// it on one frame at a time (BPF_PROG_TEST_RUN). Root only.

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/file_descriptor.hpp"
#include "tests/unit/transports/frame_bytes.hpp"
#include "transports/dpdk/frame_template.hpp"
#include "transports/dpdk/network_order.hpp"
#include "transports/dpdk/port_filter_code.hpp"

namespace mcast::dpdk {

namespace {

using test::Bytes;
using test::hex;
using test::joined;

constexpr MacAddress kOurMac{{0x02, 0, 0, 0, 0, 0x77}};
constexpr MacAddress kPeerMac{{0x02, 0, 0, 0, 0, 0x01}};
constexpr std::uint16_t kGroupPort = 7400;
constexpr std::uint16_t kOwnPort = 7401;
const Bytes kPriority = hex("8100 e000");  // a tag without a VLAN
const Bytes kVlan5 = hex("8100 2005");

class Filter {
public:
    explicit Filter(std::uint16_t vlan = 0)
        : ports_(bpf_map_create(BPF_MAP_TYPE_ARRAY, "test", 4, 8, kPortWords, nullptr)),
          sockets_(bpf_map_create(BPF_MAP_TYPE_XSKMAP, "test", 4, 4, 1, nullptr)),
          socket_(::socket(AF_XDP, SOCK_RAW, 0)) {
        for (const std::uint16_t port : {kGroupPort, kOwnPort})
            add(port);
        const std::uint32_t queue = 0;
        const int socket = socket_.get();
        if (bpf_map_update_elem(sockets_.get(), &queue, &socket, BPF_ANY) != 0)
            throw std::runtime_error("the map takes no socket");
        const std::vector<bpf_insn> code =
            port_filter_code({.mac = kOurMac, .vlan = vlan}, ports_.get(), sockets_.get());
        program_ = FileDescriptor(bpf_prog_load(BPF_PROG_TYPE_XDP, "test", "Apache-2.0",
                                                code.data(), code.size(), nullptr));
        if (!program_) throw std::runtime_error("the kernel does not take the program");
    }

    void add(std::uint16_t port) {
        const std::uint32_t word = port / 64u;
        std::uint64_t bits = 0;
        bpf_map_lookup_elem(ports_.get(), &word, &bits);
        bits |= std::uint64_t{1} << (port % 64u);
        bpf_map_update_elem(ports_.get(), &word, &bits, BPF_ANY);
    }

    // Whether it is ours; if not, it must have been left as it was.
    [[nodiscard]] bool takes(const Bytes& frame) const {
        bpf_test_run_opts run{};
        run.sz = sizeof run;
        Bytes out(frame.size() + 64);
        run.data_in = frame.data();
        run.data_size_in = static_cast<std::uint32_t>(frame.size());
        run.data_out = out.data();
        run.data_size_out = static_cast<std::uint32_t>(out.size());
        if (bpf_prog_test_run_opts(program_.get(), &run) != 0)
            throw std::runtime_error("the program cannot be run");
        out.resize(run.data_size_out);
        EXPECT_EQ(out, frame);
        EXPECT_TRUE(run.retval == XDP_PASS || run.retval == XDP_REDIRECT) << run.retval;
        return run.retval == XDP_REDIRECT;
    }

private:
    FileDescriptor ports_;
    FileDescriptor sockets_;
    FileDescriptor socket_;
    FileDescriptor program_;
};

Bytes datagram(std::string_view destination, std::uint16_t port, const MacAddress& mac = kOurMac) {
    UdpPath path;
    path.source_mac = kPeerMac;
    path.destination = {test::address(destination), port};
    const bool ipv6 = path.destination.address.family() == Family::Ipv6;
    path.source = {test::address(ipv6 ? "fe80::1" : "10.77.0.1"), 40000};
    path.destination_mac =
        path.destination.address.is_multicast() ? multicast_mac(path.destination.address) : mac;
    const FrameTemplate headers(path);
    Bytes frame(headers.header_size() + 5);
    headers.write(frame, 0, UdpChecksum::Software);
    return frame;
}

Bytes tagged(Bytes frame, const Bytes& tag) {
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    return frame;
}

Bytes changed(Bytes frame, std::size_t at, const Bytes& bytes) {
    std::copy(bytes.begin(), bytes.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
    return frame;
}

std::vector<int> when_root() {
    return ::geteuid() == 0 ? std::vector<int>{0} : std::vector<int>{};
}

class PortFilterCode : public testing::TestWithParam<int> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PortFilterCode);
INSTANTIATE_TEST_SUITE_P(Root, PortFilterCode, testing::ValuesIn(when_root()));

TEST_P(PortFilterCode, TakesDatagramsToOurPorts) {
    const Filter filter;
    for (const char* destination : {"239.1.1.1", "10.77.0.2", "ff12::4d43:0:1", "fe80::2"}) {
        for (const std::uint16_t port : {kGroupPort, kOwnPort}) {
            const Bytes frame = datagram(destination, port);
            EXPECT_TRUE(filter.takes(frame)) << destination << ' ' << port;
            EXPECT_TRUE(filter.takes(tagged(frame, kPriority))) << destination << ' ' << port;
        }
        for (const int port : {0, 53, 7399, 7402, 7400 + 64, 7400 - 64, 65535})
            EXPECT_FALSE(filter.takes(datagram(destination, static_cast<std::uint16_t>(port))))
                << destination << ' ' << port;
    }
    EXPECT_TRUE(filter.takes(datagram("10.77.0.255", kGroupPort, kBroadcastMac)));
}

TEST_P(PortFilterCode, KnowsEveryPort) {
    for (const int port : {0, 63, 64, 32767, 32768, 65535}) {
        Filter filter;
        filter.add(static_cast<std::uint16_t>(port));
        EXPECT_TRUE(filter.takes(datagram("10.77.0.2", static_cast<std::uint16_t>(port)))) << port;
        EXPECT_FALSE(filter.takes(datagram("10.77.0.2", static_cast<std::uint16_t>(port ^ 1))))
            << port;
    }
}

TEST_P(PortFilterCode, LeavesFramesForOtherStationsToTheKernel) {
    const Filter filter;
    for (std::size_t at = 1; at < 6; ++at) {
        MacAddress other = kOurMac;
        other.bytes[at] ^= 0x10;
        EXPECT_FALSE(filter.takes(datagram("10.77.0.2", kGroupPort, other))) << at;
    }
}

TEST_P(PortFilterCode, LeavesAllThatIsNoWholeDatagramToTheKernel) {
    const Filter filter;
    const Bytes four = datagram("239.1.1.1", kGroupPort);
    const Bytes six = datagram("ff12::1", kGroupPort);
    const struct {
        const char* what;
        Bytes frame;
    } rows[] = {
        {"ARP", joined(hex("ffffffffffff 020000000001 0806"), Bytes(46))},
        {"a first fragment", changed(four, 20, hex("2000"))},
        {"a later fragment", changed(four, 20, hex("00b9"))},
        {"TCP", changed(four, 23, hex("06"))},
        {"IGMP", changed(four, 23, hex("02"))},
        {"a header of 4 words", changed(four, 14, hex("44"))},
        {"no IPv4", changed(four, 14, hex("55"))},
        {"ICMPv6", changed(six, 20, hex("3a"))},
        {"a hop-by-hop header", changed(six, 20, hex("00"))},
        {"a fragment of IPv6", changed(six, 20, hex("2c"))},
        {"another VLAN", tagged(four, kVlan5)},
        {"a tag in a tag", tagged(tagged(four, kPriority), kPriority)},
        {"a service tag", tagged(four, hex("88a8 0000"))},
    };
    for (const auto& row : rows)
        EXPECT_FALSE(filter.takes(row.frame)) << row.what;
    EXPECT_TRUE(filter.takes(changed(four, 20, hex("4000")))) << "DF is no fragment";
}

TEST_P(PortFilterCode, ReadsNothingBeyondTheFrame) {
    const Filter filter;
    for (const Bytes& whole : {datagram("239.1.1.1", kGroupPort), datagram("ff12::1", kGroupPort),
                               tagged(datagram("239.1.1.1", kGroupPort), kPriority)})
        // The kernel runs no program on less than an Ethernet header.
        for (std::size_t size = 14; size <= whole.size(); ++size)
            EXPECT_EQ(filter.takes(Bytes(whole.begin(), whole.begin() + static_cast<int>(size))),
                      size + 5 >= whole.size())
                << size << " of " << whole.size();
}

TEST_P(PortFilterCode, SkipsOptionsOfIpv4) {
    const Filter filter;
    for (std::size_t words = 1; words <= 10; ++words) {
        Bytes frame = datagram("10.77.0.2", kOwnPort);
        // What lies where the UDP header would be without them is another port.
        frame.insert(frame.begin() + 34, 4 * words, std::byte{1});
        frame[14] = static_cast<std::byte>(0x45 + words);
        EXPECT_TRUE(filter.takes(frame)) << words;
        frame.resize(14 + 20 + 4 * words + 7);
        EXPECT_FALSE(filter.takes(frame)) << words;
    }
}

TEST_P(PortFilterCode, TakesAllOfOurVlanAndNothingElse) {
    const Filter filter(5);
    const Bytes arp = joined(hex("ffffffffffff 020000000001 0806"), Bytes(46));
    const Bytes other = datagram("10.77.0.2", 53);
    for (const Bytes& frame : {arp, other, datagram("239.1.1.1", kGroupPort)}) {
        EXPECT_TRUE(filter.takes(tagged(frame, kVlan5)));
        EXPECT_TRUE(filter.takes(tagged(frame, hex("8100 0005"))));
        EXPECT_FALSE(filter.takes(tagged(frame, hex("8100 0006"))));
        EXPECT_FALSE(filter.takes(tagged(frame, kPriority)));
        EXPECT_FALSE(filter.takes(frame));
    }
}

}  // namespace

}  // namespace mcast::dpdk
