#include "tools/mcastd/run_end.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "tools/mcastd/json.hpp"

namespace mcastd {
namespace {

using namespace std::chrono_literals;

Run some_run() {
    mcastd::Run run;
    run.version = "1.2.3";
    run.pid = 812;
    run.started_at = mcast::WallTime(1700000000s);
    run.config = "/etc/mcastd/mcastd.toml";
    run.boot_id = "boot-1";
    run.booted_at = mcast::WallTime(1690000000s);
    run.oom_kills = 2;
    return run;
}

Surroundings same_boot() {
    return {"boot-1", mcast::WallTime(1690000000s), 2};
}

TEST(RunEndTest, ANoteIsReadAsItWasWritten) {
    mcastd::Run run = some_run();
    EXPECT_EQ(parse_run(beginning_text(run)), run);
    run.end = RunEnd::Stopped;
    run.ended_at = mcast::WallTime(1700000100s);
    run.signal = SIGTERM;
    run.by_pid = 1;
    run.by_uid = 0;
    run.by_name = "systemd";
    run.text = "and = more";
    EXPECT_EQ(parse_run(beginning_text(run) + end_text(run) + "\n\n\n"), run);
}

TEST(RunEndTest, NonsenseIsNoNote) {
    EXPECT_EQ(parse_run(""), std::nullopt);
    EXPECT_EQ(parse_run("pid=abc\nend=no-such-end\nstarted=\n=\n"), std::nullopt);
    EXPECT_EQ(parse_run(std::string(5000, '\0')), std::nullopt);
    // What is broken or unknown is passed over.
    const auto run = parse_run("pid=7\nend=no-such-end\nfuture=1\nsignal=x\n");
    ASSERT_TRUE(run);
    EXPECT_EQ(run->end, RunEnd::Running);
    EXPECT_EQ(run->signal, 0);
}

TEST(RunEndTest, LineBreaksInAPathDoNotForgeAnEnd) {
    mcastd::Run run = some_run();
    run.config = "x\nend=stopped";
    EXPECT_EQ(parse_run(beginning_text(run))->end, RunEnd::Running);
}

TEST(RunEndTest, ARunWithoutANoteOfItsEndWasKilled) {
    EXPECT_EQ(concluded(some_run(), same_boot()).end, RunEnd::Killed);
}

TEST(RunEndTest, ARunOfAnotherBootEndedWithTheMachine) {
    Surroundings now = same_boot();
    now.boot_id = "boot-2";
    EXPECT_EQ(concluded(some_run(), now).end, RunEnd::Rebooted);
    // Where the id of the boot cannot be read its time says so.
    now.boot_id = "";
    EXPECT_EQ(concluded(some_run(), now).end, RunEnd::Killed);
    now.booted_at += 20s;  // the clock was set
    EXPECT_EQ(concluded(some_run(), now).end, RunEnd::Killed);
    now.booted_at += 1h;
    EXPECT_EQ(concluded(some_run(), now).end, RunEnd::Rebooted);
}

TEST(RunEndTest, ARunDuringWhichTheKernelKilledForMemoryProbablyWasThatOne) {
    Surroundings now = same_boot();
    now.oom_kills = 3;
    const mcastd::Run run = concluded(some_run(), now);
    EXPECT_EQ(run.end, RunEnd::OutOfMemory);
    EXPECT_NE(sentence(run).find("probably: the kernel killed 1 process"), std::string::npos);
}

TEST(RunEndTest, AnEndThatIsKnownStays) {
    mcastd::Run run = some_run();
    run.end = RunEnd::Stopped;
    EXPECT_EQ(concluded(run, {"boot-2", {}, 9}), run);
    EXPECT_EQ(with_service_result(run, "oom-kill", "KILL", {}), run);
}

TEST(RunEndTest, SystemdKnowsMore) {
    const mcast::WallTime now(1700000200s);
    for (const auto& [result, status, end] :
         std::initializer_list<std::tuple<const char*, const char*, RunEnd>>{
             {"oom-kill", "KILL", RunEnd::OutOfMemory},
             {"watchdog", "ABRT", RunEnd::Watchdog},
             {"core-dump", "SEGV", RunEnd::Crashed},
             {"signal", "KILL", RunEnd::Killed},
             {"timeout", "KILL", RunEnd::Killed},
             {"exit-code", "3", RunEnd::Failed}}) {
        const mcastd::Run run = with_service_result(some_run(), result, status, now);
        EXPECT_EQ(run.end, end) << result;
        EXPECT_EQ(run.ended_at, now);
    }
    EXPECT_EQ(sentence(with_service_result(some_run(), "core-dump", "SEGV", now)),
              "crashed by SIGSEGV");
}

TEST(RunEndTest, SentencesNameWhoAsked) {
    mcastd::Run run = some_run();
    run.end = RunEnd::Stopped;
    run.signal = SIGTERM;
    run.by_pid = 1;
    run.by_name = "systemd";
    EXPECT_EQ(sentence(run), "was stopped by SIGTERM from pid 1 'systemd' of user 0");
    const auto json = Json::parse(run_json(run));
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["end"].text, "stopped");
    EXPECT_EQ((*json)["signal"].text, "SIGTERM");
    EXPECT_EQ((*json)["by"]["name"].text, "systemd");
    EXPECT_TRUE((*json)["ended_at"].is_null());
}

}  // namespace
}  // namespace mcastd
