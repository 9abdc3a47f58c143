// What is said, and done, where io_uring cannot be had.

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <string>

#include "base/file_descriptor.hpp"
#include "mcast/uring.hpp"
#include "transports/uring/refusal.hpp"

namespace mcast::uring {

namespace {

const Facts kFacts{"0", "6.1.0-18-amd64", "64 KiB"};

Facts with_sysctl(const std::string& disabled) {
    Facts facts = kFacts;
    facts.disabled = disabled;
    return facts;
}

TEST(Refusal, TheSysctlIsNamedWithWhatItSays) {
    const Error all = refusal(Step::Setup, EPERM, with_sysctl("2"));
    EXPECT_EQ(all.code, ErrorCode::PermissionDenied);
    EXPECT_EQ(all.os, EPERM);
    EXPECT_EQ(
        all.what,
        "open an io_uring: Operation not permitted; the sysctl kernel.io_uring_disabled is 2, "
        "which forbids it to everybody: sysctl -w kernel.io_uring_disabled=0");
    const Error some = refusal(Step::Setup, EPERM, with_sysctl("1"));
    EXPECT_NE(some.what.find("kernel.io_uring_group"), std::string::npos) << some.what;
}

TEST(Refusal, WithoutTheSysctlItIsAFilter) {
    for (const char* disabled : {"0", ""}) {
        const Error error = refusal(Step::Setup, EPERM, with_sysctl(disabled));
        EXPECT_NE(error.what.find("seccomp"), std::string::npos) << error.what;
    }
}

TEST(Refusal, OtherCausesSayWhatToDo) {
    const Error missing = refusal(Step::Setup, ENOSYS, kFacts);
    EXPECT_EQ(missing.code, ErrorCode::Unsupported);
    EXPECT_NE(missing.what.find("CONFIG_IO_URING"), std::string::npos) << missing.what;
    const Error old = refusal(Step::Setup, EINVAL, kFacts);
    EXPECT_EQ(old.code, ErrorCode::Unsupported);
    EXPECT_NE(old.what.find("kernel 6.1.0-18-amd64"), std::string::npos) << old.what;
    EXPECT_NE(old.what.find("Linux 6.1 or newer"), std::string::npos) << old.what;
    const Error memory = refusal(Step::Buffers, ENOMEM, kFacts);
    EXPECT_EQ(memory.code, ErrorCode::LimitReached);
    EXPECT_NE(memory.what.find("64 KiB"), std::string::npos) << memory.what;
    EXPECT_EQ(memory.what.rfind("register a ring of receive buffers", 0), 0u) << memory.what;
    const Error files = refusal(Step::Setup, EMFILE, kFacts);
    EXPECT_NE(files.what.find("ulimit -n"), std::string::npos) << files.what;
}

TEST(Refusal, FactsAreThoseOfThisHost) {
    const Facts facts = present_facts();
    EXPECT_FALSE(facts.release.empty());
    EXPECT_FALSE(facts.memlock.empty());
    if (::access("/proc/sys/kernel/io_uring_disabled", R_OK) == 0) {
        EXPECT_EQ(facts.disabled.size(), 1u) << facts.disabled;
    }
}

// From now on the kernel answers this system call of ours with `error`; with `first_argument` -1
// always, else only for that one.
void refuse(unsigned system_call, int error, int second_argument = -1) {
    const auto number = static_cast<unsigned>(offsetof(seccomp_data, nr));
    const auto argument = static_cast<unsigned>(offsetof(seccomp_data, args) + 8);
    const unsigned answer = SECCOMP_RET_ERRNO | static_cast<unsigned>(error);
    std::array<sock_filter, 6> always{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, system_call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(second_argument), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    }};
    // Without a second argument to compare, the jump goes on whatever it is.
    if (second_argument < 0) always[3].jf = 0;
    const sock_fprog program{static_cast<unsigned short>(always.size()), always.data()};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        ::_exit(1);
}

// What `body` says in a process of its own, since a filter is for good.
std::string in_child(const std::function<std::string()>& body) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return "no pipe";
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string said = body();
        const bool written =
            ::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
        ::_exit(written ? 0 : 1);
    }
    ::close(ends[1]);
    const FileDescriptor reader(ends[0]);
    std::string said;
    std::array<char, 512> part{};
    for (ssize_t length = 0; (length = ::read(reader.get(), part.data(), part.size())) > 0;)
        said.append(part.data(), static_cast<std::size_t>(length));
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? said : "the child failed: " + said;
}

// The name of the transport and its first note.
std::string with_fallback() {
    const Result<Host> opened = host();
    if (!opened) return opened.error().what;
    const Capabilities& capabilities = opened->transport->capabilities();
    return capabilities.name + ": " + capabilities.notes.front();
}

std::string without_fallback() {
    Options options;
    options.fallback = false;
    const Result<Host> opened = host(options);
    if (opened) return "opened";
    return std::to_string(opened.error().os) + ": " + opened.error().what;
}

TEST(Fallback, HereThereIsNoneNeeded) {
    EXPECT_EQ(with_fallback().substr(0, 6), "uring:");
    EXPECT_EQ(without_fallback(), "opened");
}

TEST(Fallback, AFilterIsNamedAndPlainSocketsTakeOver) {
    const std::string said = in_child([] {
        refuse(SYS_io_uring_setup, EPERM);
        return with_fallback() + "\n" + without_fallback();
    });
    EXPECT_EQ(
        said.rfind("socket: not over io_uring: open an io_uring: Operation not permitted; ", 0), 0u)
        << said;
    EXPECT_NE(said.find("\n1: open an io_uring: Operation not permitted; "), std::string::npos)
        << said;
    EXPECT_NE(said.find("seccomp"), std::string::npos) << said;
}

TEST(Fallback, AKernelWithoutItAndAnOldOneAreTold) {
    const std::string without = in_child([] {
        refuse(SYS_io_uring_setup, ENOSYS);
        return with_fallback();
    });
    EXPECT_EQ(without.rfind("socket: not over io_uring: ", 0), 0u) << without;
    EXPECT_NE(without.find("CONFIG_IO_URING"), std::string::npos) << without;
    const std::string old = in_child([] {
        refuse(SYS_io_uring_setup, EINVAL);
        return with_fallback();
    });
    EXPECT_NE(old.find("Linux 6.1 or newer is needed"), std::string::npos) << old;
}

TEST(Fallback, BuffersThatCannotBeRegisteredAreTold) {
    const std::string said = in_child([] {
        refuse(SYS_io_uring_register, ENOMEM, IORING_REGISTER_PBUF_RING);
        return with_fallback();
    });
    EXPECT_EQ(said.rfind("socket: not over io_uring: register a ring of receive buffers: ", 0), 0u)
        << said;
    EXPECT_NE(said.find("locked memory"), std::string::npos) << said;
}

TEST(Fallback, WithoutAFileTableAndWithoutNapiItGoesOn) {
    const std::string said = in_child([] {
        refuse(SYS_io_uring_register, EPERM, IORING_REGISTER_FILES2);
        refuse(SYS_io_uring_register, EINVAL, 27);  // IORING_REGISTER_NAPI
        Options options;
        options.fallback = false;
        options.napi_busy_poll = std::chrono::microseconds(20);
        const Result<Host> opened = host(options);
        if (!opened) return opened.error().what;
        std::string notes;
        for (const std::string& note : opened->transport->capabilities().notes)
            notes += note + "\n";
        return notes;
    });
    EXPECT_NE(said.find("no NAPI busy poll: Invalid argument; Linux 6.9"), std::string::npos)
        << said;
}

TEST(Fallback, BadOptionsAreBadHoweverDatagramsMove) {
    Options options;
    options.sockets.port = 0;
    const Result<Host> opened = host(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(opened.error().what.rfind("socket options: port is 0", 0), 0u) << opened.error().what;
}

}  // namespace

}  // namespace mcast::uring
