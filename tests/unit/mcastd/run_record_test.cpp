#include "tools/mcastd/run_record.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/unit/mcastd/temporary_directory.hpp"

namespace mcastd {
namespace {

TEST(RunRecordTest, TheFirstRunHasNoneBefore) {
    const TemporaryDirectory place;
    RunRecord record(place.path());
    ASSERT_TRUE(record.begin("1", ""));
    EXPECT_EQ(record.previous(), std::nullopt);
    const auto noted = read_last_run(place.path(), true);
    ASSERT_TRUE(noted) << noted.error().what;
    EXPECT_EQ(noted->end, RunEnd::Running);
    EXPECT_EQ(noted->pid, ::getpid());
}

TEST(RunRecordTest, TheNextRunKnowsHowTheLastOneEnded) {
    const TemporaryDirectory place;
    {
        RunRecord record(place.path());
        ASSERT_TRUE(record.begin("1", "a.toml"));
        ASSERT_TRUE(record.end(RunEnd::Stopped, "", {SIGTERM, ::getpid(), ::getuid()}));
    }
    RunRecord record(place.path());
    ASSERT_TRUE(record.begin("2", "b.toml"));
    ASSERT_TRUE(record.previous());
    EXPECT_EQ(record.previous()->end, RunEnd::Stopped);
    EXPECT_EQ(record.previous()->signal, SIGTERM);
    EXPECT_EQ(record.previous()->by_pid, ::getpid());
    EXPECT_FALSE(record.previous()->by_name.empty());
    EXPECT_EQ(record.previous()->config, "a.toml");
    EXPECT_EQ(record.current().version, "2");
}

TEST(RunRecordTest, ARunThatDidNotSayItsEndWasKilled) {
    const TemporaryDirectory place;
    {
        RunRecord record(place.path());
        ASSERT_TRUE(record.begin("1", ""));
    }
    RunRecord record(place.path());
    ASSERT_TRUE(record.begin("1", ""));
    EXPECT_EQ(record.previous()->end, RunEnd::Killed);
}

TEST(RunRecordTest, TheServiceManagerAddsWhatNobodyElseKnows) {
    const TemporaryDirectory place;
    {
        RunRecord record(place.path());
        ASSERT_TRUE(record.begin("1", ""));
    }
    const auto noted = note_service_result(place.path(), "oom-kill", "KILL");
    ASSERT_TRUE(noted) << noted.error().what;
    EXPECT_TRUE(*noted);
    EXPECT_EQ(read_last_run(place.path(), false)->end, RunEnd::OutOfMemory);
    EXPECT_FALSE(*note_service_result(place.path(), "watchdog", "ABRT"));  // it is known already
}

TEST(RunRecordTest, TheEndNeedsNoNewRoomOnTheDisk) {
    const TemporaryDirectory place;
    RunRecord record(place.path());
    ASSERT_TRUE(record.begin("1", std::string(5000, 'c')));
    const auto before = std::filesystem::file_size(place / "run");
    ASSERT_TRUE(record.end(RunEnd::Failed, std::string(5000, 't')));
    EXPECT_EQ(std::filesystem::file_size(place / "run"), before);
    EXPECT_EQ(before, RunRecord::kNoteSize);
    EXPECT_EQ(read_last_run(place.path(), false)->end, RunEnd::Failed);
}

TEST(RunRecordTest, WhereNothingCanBeWrittenIsSaid) {
    RunRecord record("/proc/no-such-place");
    const auto begun = record.begin("1", "");
    ASSERT_FALSE(begun);
    EXPECT_NE(begun.error().what.find("/proc/no-such-place/run"), std::string::npos);
    EXPECT_TRUE(record.end(RunEnd::Stopped));  // there is nothing to note it in
}

TEST(RunRecordTest, AForeignFileIsNoNote) {
    const TemporaryDirectory place;
    std::ofstream(place / "run") << "hello\n";
    const auto noted = read_last_run(place.path(), false);
    ASSERT_FALSE(noted);
    EXPECT_NE(noted.error().what.find("not a note"), std::string::npos);
}

// systemd's watchdog aborts the daemon, whose handler takes it for a fault of its own.
TEST(RunRecordDeathTest, AnAbortByTheWatchdogIsCalledSo) {
    const TemporaryDirectory place;
    const auto abort = [&](int number) {
        std::signal(number, SIG_DFL);  // sanitizers have theirs
        RunRecord record(place.path());
        if (!record.begin("1", "")) return;
        record.note_crashes();
        ::raise(number);
    };
    EXPECT_EXIT(abort(SIGABRT), testing::KilledBySignal(SIGABRT), "");
    EXPECT_FALSE(*note_service_result(place.path(), "core-dump", "ABRT"));  // an abort of ours
    EXPECT_EQ(read_last_run(place.path(), false)->end, RunEnd::Crashed);
    EXPECT_TRUE(*note_service_result(place.path(), "watchdog", "ABRT"));
    EXPECT_EQ(read_last_run(place.path(), false)->end, RunEnd::Watchdog);
    EXPECT_FALSE(*note_service_result(place.path(), "watchdog", "ABRT"));  // it is known already

    EXPECT_EXIT(abort(SIGSEGV), testing::KilledBySignal(SIGSEGV), "");
    EXPECT_FALSE(*note_service_result(place.path(), "watchdog", "SEGV"));
}

TEST(RunRecordDeathTest, AFaultNotesItself) {
    const TemporaryDirectory place;
    const auto fault = [&] {
        std::signal(SIGSEGV, SIG_DFL);  // sanitizers have theirs
        RunRecord record(place.path());
        if (!record.begin("1", "")) return;
        record.note_crashes();
        ::raise(SIGSEGV);
    };
    EXPECT_EXIT(fault(), testing::KilledBySignal(SIGSEGV), "");
    const auto noted = read_last_run(place.path(), false);
    ASSERT_TRUE(noted) << noted.error().what;
    EXPECT_EQ(noted->end, RunEnd::Crashed);
    EXPECT_EQ(noted->signal, SIGSEGV);
    EXPECT_NE(noted->ended_at, mcast::WallTime{});
}

}  // namespace
}  // namespace mcastd
