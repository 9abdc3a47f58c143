// A capture replayed through the receive path (net_pcap): every frame of it is judged.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/conformance/conformance_test.hpp"
#include "tests/conformance/dpdk_world.hpp"
#include "transports/dpdk/frame_template.hpp"

namespace mcast::conformance {

namespace {

using Frame = std::vector<std::byte>;

Frame frame_of(const Endpoint& to, std::string_view text) {
    dpdk::UdpPath path;
    path.source_mac = {{2, 0, 0, 0, 0, 9}};
    path.destination_mac = dpdk::multicast_mac(to.address);
    path.source = {to.address.family() == Family::Ipv4 ? Address::ipv4(10, 78, 0, 9)
                                                       : *Address::parse("fe80::9"),
                   7401};
    path.destination = to;
    const dpdk::FrameTemplate headers(path);
    Frame frame(headers.header_size() + text.size());
    std::copy(text.begin(), text.end(),
              reinterpret_cast<char*>(frame.data() + headers.header_size()));
    headers.write(frame, 0, dpdk::UdpChecksum::Software);
    return frame;
}

// A file in the format of libpcap, gone with the object.
class Capture {
public:
    explicit Capture(const std::vector<Frame>& frames) {
        const int fd = ::mkstemp(path_.data());
        EXPECT_GE(fd, 0);
        ::close(fd);
        std::ofstream file(path_, std::ios::binary);
        // Magic, version 2.4, no time zone, no accuracy, the longest frame, Ethernet.
        for (const std::uint32_t word : {0xa1b2c3d4u, 0x00040002u, 0u, 0u, 65535u, 1u})
            write(file, word);
        for (const Frame& frame : frames) {
            const auto size = static_cast<std::uint32_t>(frame.size());
            for (const std::uint32_t word : {1u, 0u, size, size})
                write(file, word);
            file.write(reinterpret_cast<const char*>(frame.data()),
                       static_cast<std::streamsize>(frame.size()));
        }
    }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    ~Capture() { std::remove(path_.c_str()); }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    static void write(std::ofstream& file, std::uint32_t word) {
        file.write(reinterpret_cast<const char*>(&word), sizeof word);
    }
    std::string path_ = testing::TempDir() + "mcast_capture_XXXXXX";
};

TEST(DpdkCapture, GivesTheDatagramsThatAreInItAndCountsTheRest) {
    const Group group = group_of(Family::Ipv4, 1, kPort);
    const Group group6 = group_of(Family::Ipv6, 1, kPort);
    Frame broken = frame_of(group, "a bit is wrong");
    broken.back() ^= std::byte{1};
    Frame cut = frame_of(group, std::string(600, 'c'));
    cut.resize(300);
    const Capture capture({frame_of(group, "one"), broken, cut, Frame(9, std::byte{0x5a}),
                           frame_of(group_of(Family::Ipv4, 2, kPort), "another group"),
                           frame_of(group6, "six"), frame_of(group, "two")});
    dpdk::Options options = dpdk_options("net_pcap0,rx_pcap=" + capture.path(), 1);
    Station at = dpdk_station(options);
    ASSERT_TRUE(at.transport().attach(at.interface));
    ASSERT_TRUE(at.transport().join(group, at.index()));
    ASSERT_TRUE(at.transport().join(group6, at.index()));
    const std::vector<Arrival> arrivals = collect(at, 3);
    EXPECT_EQ(texts(arrivals), (std::vector<std::string>{"one", "six", "two"}));
    EXPECT_EQ(to_string(arrivals.front().source), "10.78.0.9:7401");
    const TransportCounters counters = at.transport().counters(at.index());
    EXPECT_EQ(counters.receive_leaked, 1u);
    EXPECT_EQ(counters.receive_truncated, 1u);
    using Dropped = std::vector<std::pair<std::string, std::uint64_t>>;
    const auto port = dpdk::port_counters(options.device);
    ASSERT_TRUE(port);
    EXPECT_EQ(port->dropped_frames,
              (Dropped{{"runt", 1}, {"ipv4-length", 1}, {"udp-checksum", 1}}));
    // Behind 62 bytes of IPv6's headers the payload of a frame is at no multiple of 8.
    EXPECT_EQ(port->moved_payloads, 1u);
}

}  // namespace

}  // namespace mcast::conformance
