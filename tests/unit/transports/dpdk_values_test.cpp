// What transports/dpdk works out before it touches DPDK.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "transports/dpdk/device_name.hpp"
#include "transports/dpdk/eal_arguments.hpp"
#include "transports/dpdk/eal_log.hpp"
#include "transports/dpdk/mbuf_plan.hpp"
#include "transports/dpdk/port_addresses.hpp"

namespace mcast::dpdk {
namespace {

using Kind = DeviceName::Kind;

bool has(const std::vector<std::string>& arguments, const std::string& wanted) {
    return std::find(arguments.begin(), arguments.end(), wanted) != arguments.end();
}

TEST(DeviceName, KnowsCardsVirtualDevicesAndPortsOfTheApplication) {
    EXPECT_EQ(DeviceName::parse("0000:03:00.1")->kind, Kind::Pci);
    EXPECT_EQ(DeviceName::parse("03:00.1")->name, "0000:03:00.1");
    const Result<DeviceName> device = DeviceName::parse("net_af_packet12,iface=eth1,framesz=4096");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->kind, Kind::Virtual);
    EXPECT_EQ(device->name, "net_af_packet12");
    EXPECT_EQ(device->driver, "net_af_packet");
    EXPECT_EQ(device->argument("iface"), "eth1");
    EXPECT_EQ(device->argument("frame"), "");
    EXPECT_EQ(DeviceName::parse("my_ring")->kind, Kind::Other);
    EXPECT_FALSE(DeviceName::parse(""));
    EXPECT_FALSE(DeviceName::parse(",iface=eth1"));
}

TEST(DeviceName, AddsWhatADriverNeedsUnlessItIsGiven) {
    DeviceName device = *DeviceName::parse("net_af_packet0,iface=eth1,qdisc_bypass=1");
    complete_arguments(device, 1518);
    EXPECT_EQ(device.argument("qdisc_bypass"), "1");
    EXPECT_EQ(device.argument("framesz"), "2048");
    DeviceName jumbo = *DeviceName::parse("net_af_packet0,iface=eth1");
    complete_arguments(jumbo, 9018);
    EXPECT_EQ(jumbo.argument("framesz"), "16384");
    DeviceName ring = *DeviceName::parse("net_ring0");
    complete_arguments(ring, 1518);
    EXPECT_EQ(ring.arguments, "");
}

TEST(DeviceName, SaysWhatToDoAboutACard) {
    const std::filesystem::path folder = testing::TempDir() + "mcast_pci";
    std::filesystem::create_directories(folder / "0000:03:00.0");
    std::filesystem::create_directories(folder / "drivers/ixgbe");
    const DeviceName card = *DeviceName::parse("0000:03:00.0");
    EXPECT_NE(device_remedy(card, 19, folder).find("modprobe vfio-pci"), std::string::npos);
    std::filesystem::create_symlink("../drivers/ixgbe", folder / "0000:03:00.0/driver");
    EXPECT_NE(device_remedy(card, 19, folder).find("the kernel driver ixgbe holds it"),
              std::string::npos);
    EXPECT_NE(device_remedy(*DeviceName::parse("0000:04:00.0"), 19, folder).find("lspci -D"),
              std::string::npos);
    std::filesystem::remove_all(folder);
}

TEST(EalArguments, TheTwoMemoriesExcludeEachOther) {
    EalPlan plan{.cpus = {0, 2}, .memory_size = 256u << 20, .process = 77};
    const std::vector<std::string> ordinary = eal_arguments(plan);
    EXPECT_TRUE(has(ordinary, "--no-huge") && has(ordinary, "256"));
    EXPECT_FALSE(has(ordinary, "--in-memory"));
    EXPECT_TRUE(has(ordinary, "0@(0,2)")) << "nobody is pinned";
    EXPECT_TRUE(has(ordinary, "--no-pci"));
    plan.huge_pages = plan.pci = true;
    const std::vector<std::string> huge = eal_arguments(plan);
    EXPECT_TRUE(has(huge, "--in-memory"));
    EXPECT_FALSE(has(huge, "--no-huge") || has(huge, "--no-pci"));
    EXPECT_TRUE(has(huge, "0000:00:00.0")) << "no card is taken at first";
}

TEST(EalArguments, HugePagesAreCountedBySize) {
    const std::filesystem::path folder = testing::TempDir() + "mcast_huge";
    for (const auto& [name, count] : {std::pair{"hugepages-2048kB", 5}, {"hugepages-4kB", 1}}) {
        std::filesystem::create_directories(folder / name);
        std::ofstream(folder / name / "free_hugepages") << count << '\n';
    }
    EXPECT_EQ(free_huge_pages(folder), (5u << 21) + 4096);
    std::filesystem::remove_all(folder);
    EXPECT_EQ(free_huge_pages(folder), 0u);
}

TEST(EalLog, GivesWholeLinesAndCountsThoseItLost) {
    EalLog log;
    log.write("one\ntw");
    log.write("o\n");
    EXPECT_EQ(log.latest(0), "two");
    EXPECT_EQ(log.latest(log.mark()), "");
    std::vector<std::string> lines;
    const Log keep = [&](LogLevel, std::string_view line) { lines.emplace_back(line); };
    log.drain(keep);
    EXPECT_EQ(lines, (std::vector<std::string>{"dpdk: one", "dpdk: two"}));
    lines.clear();
    for (std::size_t i = 0; i < EalLog::kLines + 3; ++i)
        log.write(std::to_string(i) + "\n");
    log.drain(keep);
    ASSERT_EQ(lines.size(), EalLog::kLines + 1);
    EXPECT_EQ(lines[0], "dpdk: 3 lines of EAL were lost");
    EXPECT_EQ(lines[1], "dpdk: 3");
}

TEST(MbufPlan, RefusesWhatWouldStarveTheDevice) {
    const MbufPlan plan{.receive_descriptors = 1024,
                        .fill_ring = 2048,
                        .transmit_descriptors = 1024,
                        .burst = 32,
                        .nodes_max = 2,
                        .transmit_buffer_count = 512,
                        .receive_buffer_count = 2048};
    EXPECT_EQ(plan.count(), 1024u + 2048 + 1024 + 64 + 2 * (32 + 512 + 4096));
    EXPECT_EQ(*mbuf_count(plan, 0), plan.count());
    EXPECT_EQ(*mbuf_count(plan, 20000), 20000u);
    const Result<std::size_t> few = mbuf_count(plan, 8192);
    ASSERT_FALSE(few);
    EXPECT_NE(few.error().what.find("at least " + std::to_string(plan.count())), std::string::npos);
}

TEST(PortAddresses, HaveABroadcastAndALinkLocalAddress) {
    const MacAddress mac{{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};
    const std::vector<std::string> texts{"10.1.2.3/22", "fd00::2/64"};
    const auto addresses = port_addresses(texts, mac);
    ASSERT_TRUE(addresses);
    ASSERT_EQ(addresses->size(), 3u);
    EXPECT_EQ(to_string((*addresses)[0].broadcast), "10.1.3.255");
    EXPECT_EQ(to_string((*addresses)[2].address), "fe80::11:22ff:fe33:4455");
    for (const std::string wrong : {"10.0.0.1/33", "239.1.1.1/24", "ten", "10.0.0.1/", "::/64"}) {
        const std::vector<std::string> one{wrong};
        EXPECT_FALSE(port_addresses(one, mac)) << wrong;
    }
    const std::vector<std::string> pair{"10.0.0.1/31"};
    EXPECT_EQ((*port_addresses(pair, mac))[0].broadcast.family(), Family::None);
}

}  // namespace
}  // namespace mcast::dpdk
