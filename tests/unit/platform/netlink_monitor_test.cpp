#include "platform/netlink_monitor.hpp"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "network_namespace.hpp"

namespace mcast::platform {
namespace {

using namespace std::chrono_literals;

[[nodiscard]] bool run(const std::string& command) {
    return std::system(command.c_str()) == 0;
}

bool readable(int fd, std::chrono::milliseconds timeout) {
    pollfd waited{fd, POLLIN, 0};
    return ::poll(&waited, 1, static_cast<int>(timeout.count())) == 1;
}

// Each test has a network namespace and a monitor of its own, with nothing but loopback in it.
class NetlinkMonitorTest : public testing::Test {
protected:
    void SetUp() override {
        if (!namespace_.failure().empty()) GTEST_SKIP() << namespace_.failure();
        auto made = make_netlink_monitor();
        ASSERT_TRUE(made) << made.error().what;
        monitor_ = std::move(*made);
    }

    // Valid until the next poll().
    [[nodiscard]] const Interface* find(const std::string& name) const {
        for (const Interface& each : monitor_->interfaces())
            if (each.name == name) return &each;
        return nullptr;
    }

    using Condition = std::function<bool(const Interface&)>;

    // Polls whenever fd() says so, until the interface is there and as wanted; 10 s at most.
    [[nodiscard]] bool becomes(const std::string& name, const Condition& condition) {
        return wait([&] {
            const Interface* interface = find(name);
            return interface && condition(*interface);
        });
    }
    [[nodiscard]] bool vanishes(const std::string& name) {
        return wait([&] { return !find(name); });
    }
    [[nodiscard]] bool wait(const std::function<bool()>& reached) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        monitor_->poll();
        while (!reached()) {
            const auto left = deadline - std::chrono::steady_clock::now();
            if (left <= 0s) return false;
            if (readable(monitor_->fd(), std::chrono::ceil<std::chrono::milliseconds>(left)))
                monitor_->poll();
        }
        return true;
    }

    // How many messages the kernel had to drop for want of room in the monitor's queue.
    [[nodiscard]] long overrun() const {
        struct stat status {};
        EXPECT_EQ(fstat(monitor_->fd(), &status), 0);
        std::ifstream table("/proc/self/net/netlink");
        std::string line;
        while (std::getline(table, line)) {
            std::istringstream fields(line);
            std::array<std::string, 10> field;
            for (std::string& each : field)
                fields >> each;
            if (field[9] == std::to_string(status.st_ino)) return std::stol(field[8]);
        }
        ADD_FAILURE() << "the monitor's socket is not in the kernel's table";
        return 0;
    }

    NetworkNamespace namespace_;
    std::unique_ptr<InterfaceMonitor> monitor_;
};

bool is_up(const Interface& interface) {
    return interface.up;
}

bool has(const Interface& interface, const std::string& address) {
    return std::any_of(
        interface.addresses.begin(), interface.addresses.end(),
        [&](const InterfaceAddress& each) { return to_string(each.address) == address; });
}

TEST_F(NetlinkMonitorTest, ListIsCompleteFromTheStart) {
    ASSERT_TRUE(
        run("ip link set lo up && ip link add e0 mtu 1400 type veth peer name e1 && "
            "ip address add 10.0.0.1/24 broadcast + dev e0"));
    auto made = make_netlink_monitor();
    ASSERT_TRUE(made) << made.error().what;
    monitor_ = std::move(*made);
    EXPECT_FALSE(monitor_->poll());
    const Interface* lo = find("lo");
    ASSERT_TRUE(lo);
    EXPECT_EQ(lo->kind, InterfaceKind::Loopback);
    EXPECT_TRUE(lo->up && lo->multicast);
    EXPECT_TRUE(has(*lo, "127.0.0.1"));
    const Interface* e0 = find("e0");
    ASSERT_TRUE(e0);
    EXPECT_EQ(e0->kind, InterfaceKind::Ethernet);
    EXPECT_EQ(e0->mtu, 1400u);
    EXPECT_FALSE(e0->up);
    EXPECT_TRUE(e0->multicast && e0->broadcast);
    ASSERT_EQ(e0->addresses.size(), 1u);
    const InterfaceAddress expected{Address::ipv4(10, 0, 0, 1), 24, Address::ipv4(10, 0, 0, 255),
                                    false};
    EXPECT_EQ(e0->addresses[0], expected);
}

TEST_F(NetlinkMonitorTest, FollowsAnInterfaceThroughItsLife) {
    EXPECT_FALSE(find("e0"));
    EXPECT_FALSE(readable(monitor_->fd(), 0ms));
    ASSERT_TRUE(run("ip link add e0 type veth peer name e1"));
    EXPECT_TRUE(readable(monitor_->fd(), 0ms));
    EXPECT_TRUE(monitor_->poll());
    ASSERT_TRUE(find("e0"));
    EXPECT_FALSE(find("e0")->up);
    ASSERT_TRUE(run("ip link set e0 up && ip link set e1 up && ip address add 10.0.0.1/24 dev e0"));
    EXPECT_TRUE(becomes("e0", [](const Interface& e0) { return e0.up && has(e0, "10.0.0.1"); }));
    const InterfaceIndex first = find("e0")->index;

    // The far end's loss of carrier is ours.
    ASSERT_TRUE(run("ip link set e1 down"));
    EXPECT_TRUE(becomes("e0", [](const Interface& e0) { return !e0.up; }));
    ASSERT_TRUE(run("ip link set e1 up"));
    EXPECT_TRUE(becomes("e0", is_up));
    ASSERT_TRUE(run("ip link set e0 down"));
    EXPECT_TRUE(becomes("e0", [](const Interface& e0) { return !e0.up; }));
    ASSERT_TRUE(run("ip link delete e0"));
    EXPECT_TRUE(vanishes("e0"));

    ASSERT_TRUE(
        run("ip link add e0 type veth peer name e1 && ip link set e0 up && ip link set e1 up"));
    EXPECT_TRUE(becomes("e0", is_up));
    EXPECT_NE(find("e0")->index, first);
    EXPECT_FALSE(has(*find("e0"), "10.0.0.1"));
    EXPECT_TRUE(
        std::is_sorted(monitor_->interfaces().begin(), monitor_->interfaces().end(),
                       [](const Interface& a, const Interface& b) { return a.index < b.index; }));
}

TEST_F(NetlinkMonitorTest, NewNameAndNewAddressAreChangesOfTheSameInterface) {
    ASSERT_TRUE(run("ip link add e0 type veth peer name e1 && ip address add 10.0.0.1/24 dev e0"));
    EXPECT_TRUE(monitor_->poll());
    const InterfaceIndex index = find("e0")->index;
    ASSERT_TRUE(run("ip link set e0 name lan && ip link set lan mtu 1300"));
    EXPECT_TRUE(monitor_->poll());
    ASSERT_TRUE(find("lan"));
    EXPECT_EQ(find("lan")->index, index);
    EXPECT_EQ(find("lan")->mtu, 1300u);
    ASSERT_TRUE(run("ip address add 10.0.1.7/24 dev lan && ip address delete 10.0.0.1/24 dev lan"));
    EXPECT_TRUE(monitor_->poll());
    EXPECT_TRUE(has(*find("lan"), "10.0.1.7"));
    EXPECT_FALSE(has(*find("lan"), "10.0.0.1"));
}

TEST_F(NetlinkMonitorTest, ChatterIsNoChange) {
    ASSERT_TRUE(run("ip link add e0 type veth peer name e1"));
    EXPECT_TRUE(monitor_->poll());
    for (const char* chatter :
         {"txqueuelen 77", "allmulticast on", "promisc on", "address 02:00:00:00:00:01"}) {
        ASSERT_TRUE(run(std::string("ip link set e0 ") + chatter));
        EXPECT_TRUE(readable(monitor_->fd(), 0ms)) << chatter << " is not even told";
        EXPECT_FALSE(monitor_->poll()) << chatter;
        EXPECT_FALSE(readable(monitor_->fd(), 0ms)) << chatter;
    }
    // There and gone again before anybody looked.
    ASSERT_TRUE(run("ip address add 10.0.0.1/24 dev e0 && ip address delete 10.0.0.1/24 dev e0"));
    EXPECT_TRUE(readable(monitor_->fd(), 0ms));
    EXPECT_FALSE(monitor_->poll());
}

TEST_F(NetlinkMonitorTest, KnowsTunAndTap) {
    if (access("/dev/net/tun", R_OK | W_OK) != 0) GTEST_SKIP() << "/dev/net/tun is not for us";
    ASSERT_TRUE(run("ip tuntap add tun0 mode tun && ip tuntap add tap0 mode tap"));
    EXPECT_TRUE(monitor_->poll());
    EXPECT_EQ(find("tun0")->kind, InterfaceKind::Tunnel);
    EXPECT_TRUE(find("tun0")->point_to_point);
    EXPECT_EQ(find("tap0")->kind, InterfaceKind::Ethernet);
    EXPECT_FALSE(find("tap0")->point_to_point);
}

TEST_F(NetlinkMonitorTest, KnowsBridges) {
    ASSERT_TRUE(
        run("ip link add br0 type bridge && ip link add docker0 type bridge && "
            "ip link add br-0123456789ab type bridge"));
    EXPECT_TRUE(monitor_->poll());
    EXPECT_EQ(find("br0")->kind, InterfaceKind::Bridge);
    EXPECT_EQ(find("docker0")->kind, InterfaceKind::ContainerBridge);
    EXPECT_EQ(find("br-0123456789ab")->kind, InterfaceKind::ContainerBridge);
}

TEST_F(NetlinkMonitorTest, PortOfABridgeIsEnslavedUntilItLeaves) {
    ASSERT_TRUE(
        run("ip link add br0 type bridge && ip link add e0 type veth peer name e1 && "
            "ip link set e0 master br0"));
    EXPECT_TRUE(monitor_->poll());
    EXPECT_TRUE(find("e0")->enslaved);
    EXPECT_FALSE(find("e1")->enslaved);
    ASSERT_TRUE(run("ip link set e0 nomaster"));
    EXPECT_TRUE(monitor_->poll());
    ASSERT_TRUE(find("e0")) << "leaving the bridge was taken for the end";
    EXPECT_FALSE(find("e0")->enslaved);
}

TEST_F(NetlinkMonitorTest, HotspotAndPointToPointAddressesHaveNoBroadcast) {
    ASSERT_TRUE(
        run("ip link add e0 type veth peer name e1 && ip address add 192.0.0.2/32 dev e0 && "
            "ip address add 10.8.0.0/31 broadcast 10.8.0.1 dev e0 && "
            "ip address add 10.9.0.1 peer 10.9.0.2/32 dev e0"));
    EXPECT_TRUE(monitor_->poll());
    ASSERT_EQ(find("e0")->addresses.size(), 3u);
    for (const InterfaceAddress& each : find("e0")->addresses)
        EXPECT_EQ(each.broadcast, Address()) << to_string(each.address);
    EXPECT_TRUE(has(*find("e0"), "192.0.0.2") && has(*find("e0"), "10.9.0.1"));
}

TEST_F(NetlinkMonitorTest, AddressIsTentativeUntilItIsKnownToBeAlone) {
    ASSERT_TRUE(
        run("ip link add e0 type veth peer name e1 && ip link set e0 up && ip link set e1 up && "
            "ip address add fd00::1/64 dev e0 nodad && ip address add fd00::2/64 dev e1"));
    // One without detection is announced by a worker of the kernel's, maybe after `ip` has ended.
    ASSERT_TRUE(becomes("e0", [](const Interface& e0) { return has(e0, "fd00::1"); }));
    ASSERT_TRUE(find("e1"));
    const auto tentative = [](const Interface& e1, bool wanted) {
        return std::any_of(e1.addresses.begin(), e1.addresses.end(), [&](const auto& each) {
            return to_string(each.address) == "fd00::2" && each.tentative == wanted;
        });
    };
    EXPECT_TRUE(tentative(*find("e1"), true));
    EXPECT_TRUE(becomes("e1", [&](const Interface& e1) { return tentative(e1, false); }));

    // Somebody else has this one: it is announced as tentative, and then not at all.
    ASSERT_TRUE(run("ip address add fd00::1/64 dev e1"));
    EXPECT_TRUE(becomes("e1", [](const Interface& e1) { return !has(e1, "fd00::1"); }));
    ASSERT_TRUE(run("ip -6 address show dev e1 dadfailed | grep -q fd00::1"));
    EXPECT_TRUE(has(*find("e1"), "fd00::2"));
    EXPECT_TRUE(has(*find("e0"), "fd00::1"));
}

TEST_F(NetlinkMonitorTest, OverrunIsMadeGoodByListingAgain) {
    // Each address is a message of more than half a KiB of the queue's 208 (rmem_default).
    ASSERT_TRUE(run(
        "ip link add e0 type veth peer name e1 && ip link add gone type veth peer name gone1 && "
        "for i in $(seq 1000); do echo address add 10.0.$((i / 200)).$((i % 200))/32 dev e0; done "
        "| ip -batch - && ip link delete gone"));
    ASSERT_GT(overrun(), 0);
    EXPECT_TRUE(wait([&] { return find("e0") && find("e0")->addresses.size() == 1000; }));
    EXPECT_FALSE(find("gone"));
    // And it goes on as before.
    ASSERT_TRUE(run("ip address add 10.1.0.1/32 dev e0"));
    EXPECT_TRUE(monitor_->poll());
    EXPECT_TRUE(has(*find("e0"), "10.1.0.1"));
}

TEST_F(NetlinkMonitorTest, OldNewsInAnOverrunQueueDoNotOverruleTheNewList) {
    ASSERT_TRUE(run("ip link add e0 type veth peer name e1"));
    ASSERT_TRUE(becomes("e0", [](const Interface&) { return true; }));
    // Room for more messages than one poll() takes in, as where rmem_default is raised.
    const int room = 1 << 20;
    if (setsockopt(monitor_->fd(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        GTEST_SKIP() << "a large queue needs root (SO_RCVBUFFORCE)";
    // The queue keeps the additions; the removals come when it is full.
    ASSERT_TRUE(run(
        "for change in add del; do for i in $(seq 3000); do "
        "echo address $change 10.0.$((i / 200)).$((i % 200))/32 dev e0; done; done | ip -batch -"));
    ASSERT_GT(overrun(), 0);
    while (readable(monitor_->fd(), 0ms))
        monitor_->poll();
    EXPECT_TRUE(find("e0")->addresses.empty());
}

TEST_F(NetlinkMonitorTest, StaysInTheNamespaceWhereItWasMade) {
    const NetworkNamespace elsewhere;
    ASSERT_EQ(elsewhere.failure(), "");
    ASSERT_TRUE(run("ip link add stranger type veth peer name stranger1"));
    EXPECT_FALSE(monitor_->poll());
    ASSERT_TRUE(namespace_.enter());
    ASSERT_TRUE(run(
        "ip link add e0 type veth peer name e1 && "
        "for i in $(seq 1000); do echo address add 10.0.$((i / 200)).$((i % 200))/32 dev e0; done "
        "| ip -batch -"));
    ASSERT_GT(overrun(), 0);
    ASSERT_TRUE(elsewhere.enter());
    EXPECT_TRUE(wait([&] { return find("e0") && find("e0")->addresses.size() == 1000; }));
    EXPECT_FALSE(find("stranger"));
    ASSERT_TRUE(namespace_.enter());
}

// From here on this process gets no netlink sockets, as in a sandbox (seccomp(2)).
void forbid_netlink(int error_number) {
    const auto argument = static_cast<std::uint32_t>(offsetof(seccomp_data, args));
    std::array<sock_filter, 6> rules{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offsetof(seccomp_data, nr))),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(SYS_socket), 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error_number)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    const sock_fprog program{static_cast<unsigned short>(rules.size()), rules.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        std::perror("seccomp");
        _exit(99);
    }
}

[[noreturn]] void open_forbidden(int error_number) {
    forbid_netlink(error_number);
    const auto refused = make_netlink_monitor();
    if (refused) _exit(98);
    std::fputs(refused.error().what.c_str(), stderr);
    _exit(static_cast<int>(refused.error().code));
}

TEST(NetlinkMonitor, RefusalSaysWhatToAllow) {
    EXPECT_EXIT(open_forbidden(EPERM),
                testing::ExitedWithCode(static_cast<int>(ErrorCode::PermissionDenied)),
                "watch network interfaces: .*Operation not permitted; allow AF_NETLINK");
    EXPECT_EXIT(open_forbidden(EAFNOSUPPORT),
                testing::ExitedWithCode(static_cast<int>(ErrorCode::Unsupported)),
                "watch network interfaces: .*not supported.*; allow AF_NETLINK");
}

}  // namespace
}  // namespace mcast::platform
