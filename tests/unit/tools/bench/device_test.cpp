#include "tools/mcast/bench/device.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tools/mcast/bench/exchange.hpp"
#include "tools/mcast/bench/goals.hpp"
#include "tools/mcast/bench/plan.hpp"
#include "tools/mcast/bench/raw_messages.hpp"

namespace mcast::bench {
namespace {

using namespace std::chrono_literals;

TEST(Device, IsNamedAsDpdkWantsToHearIt) {
    EXPECT_EQ(device_text(*find_device("dpdk:af_packet"), Role::Sender, "run"),
              "net_af_packet0,iface=bench1");
    EXPECT_EQ(device_text(*find_device("dpdk:af_xdp"), Role::Receiver, "run"),
              "net_af_xdp0,iface=bench1");
    const Device& memif = *find_device("dpdk:memif");
    EXPECT_EQ(device_text(memif, Role::Sender, "bench-7/1"),
              "net_memif0,role=server,id=0,socket=@mcast-bench-7-1");
    EXPECT_EQ(device_text(memif, Role::Receiver, "bench-7/1"),
              "net_memif0,role=client,id=0,socket=@mcast-bench-7-1");
    EXPECT_EQ(find_device("socket"), nullptr);
    EXPECT_EQ(find_device("dpdk:"), nullptr);
}

TEST(Device, HasTheKernelsAddressesOrItsOwn) {
    EXPECT_EQ(device_address(*find_device("dpdk:af_xdp"), Role::Sender), "");
    const Device& ring = *find_device("dpdk:ring");
    EXPECT_NE(device_address(ring, Role::Sender), "");
    EXPECT_NE(device_address(ring, Role::Sender), device_address(ring, Role::Receiver));
}

TEST(Plan, DevicesStandBesideBareDpdkInGroupsOfTheirOwn) {
    Wishes wishes;
    wishes.mode = "throughput";
    wishes.sizes = {64};
    wishes.backends = {"socket", "dpdk:ring"};
    const std::vector<Group> groups = plan(wishes);
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0].device, "");
    for (const Case& what : groups[0].cases)
        EXPECT_TRUE(what.backend.empty() || what.backend == "socket") << what.path_name();
    EXPECT_EQ(groups[1].id, "throughput-64-dpdk:ring");
    EXPECT_EQ(groups[1].device, "dpdk:ring");
    std::set<std::string> names;
    for (const Case& what : groups[1].cases) {
        names.insert(what.path_name());
        EXPECT_TRUE(what.spin) << "there is nothing to sleep on";
        EXPECT_LE(what.window, 512u) << "a device keeps no more";
    }
    EXPECT_EQ(names,
              (std::set<std::string>{"raw-dpdk:ring", "typed/dpdk:ring", "ready/dpdk:ring"}));
}

TEST(Plan, WithoutBackendsOfSocketsTheirPathsAreLeftOut) {
    Wishes wishes;
    wishes.backends = {"dpdk:memif"};
    for (const Group& group : plan(wishes))
        EXPECT_EQ(group.device, "dpdk:memif") << group.id;
    wishes.mode = "rtt";
    wishes.sleep = true;
    EXPECT_TRUE(plan(wishes).empty());
}

TEST(Goals, DevicesAreHeldAgainstBareDpdkOnTheSame) {
    GroupResult group{"throughput-64-dpdk:ring", "Throughput", {}};
    for (const Path path : {Path::RawDpdk, Path::Ready}) {
        CaseResult result;
        result.what.path = path;
        result.what.backend = "dpdk:ring";
        Round round;
        round.sender.sent = 100;
        round.ends.resize(1);
        round.ends[0].received = 100;
        round.ends[0].window_messages = path == Path::Ready ? 7'100'000 : 10'000'000;
        round.ends[0].window_seconds = 1;
        result.rounds = {round};
        group.cases.push_back(result);
    }
    auto all = goals({group}, {"dpdk:ring", "dpdk:memif"});
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].backend, "dpdk:ring");
    EXPECT_EQ(all[0].verdict, Goal::Verdict::Met) << all[0].measured;
    group.cases[1].rounds[0].ends[0].window_messages = 6'900'000;
    EXPECT_EQ(goals({group}, {"dpdk:ring"})[0].verdict, Goal::Verdict::NotMet);
    group.cases.pop_back();  // as when it could not be measured
    EXPECT_EQ(goals({group}, {"dpdk:ring"})[0].verdict, Goal::Verdict::Open);
}

TEST(Exchange, ACaseAndItsOutcomeSurviveTheWayToAnotherProcess) {
    Case what;
    what.mode = Mode::Latency;
    what.path = Path::RawDpdk;
    what.backend = "dpdk:memif";
    what.size = 256;
    what.rate = 1234.5;
    what.batch = 7;
    what.window = 99;
    what.spin = true;
    const auto assignment = read_case(case_bytes(what, {2s, 300ms}));
    ASSERT_TRUE(assignment);
    EXPECT_EQ(assignment->what.path_name(), "raw-dpdk:memif");
    EXPECT_EQ(assignment->what.mode, Mode::Latency);
    EXPECT_EQ(assignment->what.size, 256u);
    EXPECT_EQ(assignment->what.rate, 1234.5);
    EXPECT_EQ(assignment->what.batch, 7u);
    EXPECT_EQ(assignment->what.window, 99u);
    EXPECT_TRUE(assignment->what.spin);
    EXPECT_EQ(assignment->duration, 2s);
    EXPECT_EQ(assignment->warm_up, 300ms);

    Round round;
    round.sender.sent = 11;
    round.sender.unanswered = 1;
    round.sender.stalls = 2;
    round.sender.thread = {4s, 3s, 2s, 1s};
    round.sender.counters = {{"datagrams", 5}};
    round.sender.round_trips.add(10us);
    round.sender.lateness.add(20us);
    round.ends.resize(1);
    round.ends[0].received = 10;
    round.ends[0].latencies.add(30us);
    const auto outcome = read_outcome(outcome_bytes(round));
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->sender.sent, 11u);
    EXPECT_EQ(outcome->sender.unanswered, 1u);
    EXPECT_EQ(outcome->sender.stalls, 2u);
    EXPECT_EQ(outcome->sender.thread.waited, 1s);
    EXPECT_EQ(outcome->sender.counters, round.sender.counters);
    EXPECT_EQ(outcome->sender.round_trips.max(), 10us);
    EXPECT_EQ(outcome->sender.lateness.max(), 20us);
    ASSERT_EQ(outcome->ends.size(), 1u);
    EXPECT_EQ(outcome->ends[0].received, 10u);
    EXPECT_EQ(outcome->ends[0].latencies.max(), 30us);
}

TEST(Exchange, AProcessThatDiedIsASentence) {
    const std::string whole = outcome_bytes(Error{ErrorCode::System, 0, "no device"});
    EXPECT_EQ(read_outcome(whole).error().what, "no device");
    for (std::size_t size = 0; size < whole.size(); size += 8) {
        const auto part = read_outcome(whole.substr(0, size));
        ASSERT_FALSE(part);
        EXPECT_NE(part.error().what.find("ended without a word"), std::string::npos);
    }
    EXPECT_FALSE(read_case("no message at all"));
}

TEST(RawWriter, FillsADatagramThatTheReaderReads) {
    Case what;
    what.path = Path::RawDpdk;
    const RawWriter writer(what);
    std::vector<std::byte> datagram(writer.size_of(writer.in_datagram()));
    for (std::size_t i = 0; i < writer.in_datagram(); ++i)
        writer.write(datagram.data(), i, i + 1, 0);
    EXPECT_LE(datagram.size(), kDatagramSize);
    Tally tally(0s, false, 0s);
    RawReader(what).read(tally, datagram.data(), datagram.size(), datagram.size());
    EXPECT_EQ(tally.received(), writer.in_datagram());
    EXPECT_EQ(tally.corrupt(), 0u);
}

}  // namespace
}  // namespace mcast::bench
