#include "transports/uring/refusal.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "transports/socket/system_error.hpp"

namespace mcast::uring {

namespace {

constexpr const char* kDisabledPath = "/proc/sys/kernel/io_uring_disabled";

std::string read_word(const char* path) {
    const FileDescriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file) return {};
    std::array<char, 16> text{};
    const ssize_t length = ::read(file.get(), text.data(), text.size());
    if (length <= 0) return {};
    const std::string_view word(text.data(), static_cast<std::size_t>(length));
    return std::string(word.substr(0, word.find_first_of(" \n")));
}

std::string memlock_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return "unknown";
    if (limit.rlim_cur == RLIM_INFINITY) return "unlimited";
    return std::to_string(limit.rlim_cur >> 10) + " KiB";
}

const char* name_of(Step step) {
    return step == Step::Setup ? "open an io_uring" : "register a ring of receive buffers";
}

std::string why_not_permitted(const Facts& facts) {
    if (facts.disabled == "2")
        return "the sysctl kernel.io_uring_disabled is 2, which forbids it to everybody: sysctl -w "
               "kernel.io_uring_disabled=0";
    if (facts.disabled == "1")
        return "the sysctl kernel.io_uring_disabled is 1, which leaves it to CAP_SYS_ADMIN and to "
               "members of kernel.io_uring_group: join that group, or sysctl -w "
               "kernel.io_uring_disabled=0";
    return "a seccomp filter or security module forbids it, as container runtimes do by default: "
           "allow io_uring_setup, io_uring_enter and io_uring_register in its profile";
}

std::string reason(int error, const Facts& facts) {
    switch (error) {
        case EPERM:
        case EACCES:
            return why_not_permitted(facts);
        case ENOSYS:
            return "kernel " + facts.release +
                   " was built without it (CONFIG_IO_URING), or a sandbox hides it: allow "
                   "io_uring_setup there";
        case EINVAL:
            return "kernel " + facts.release +
                   " does not know what we ask for (DEFER_TASKRUN): Linux 6.1 or newer is needed";
        case ENOMEM:
            return "the limit of locked memory is " + facts.memlock +
                   ": raise it (ulimit -l, LimitMEMLOCK=), or the memory of this control group";
        default:
            return {};
    }
}

ErrorCode code_of(int error) {
    switch (error) {
        case EPERM:
        case EACCES:
            return ErrorCode::PermissionDenied;
        case ENOSYS:
        case EINVAL:
            return ErrorCode::Unsupported;
        default:
            return ErrorCode::LimitReached;
    }
}

struct Operation {
    int number;
    const char* name;
};

constexpr std::array<Operation, 4> kNeeded{{{IORING_OP_RECVMSG, "RECVMSG"},
                                            {IORING_OP_SENDMSG, "SENDMSG"},
                                            {IORING_OP_POLL_ADD, "POLL_ADD"},
                                            {IORING_OP_ASYNC_CANCEL, "ASYNC_CANCEL"}}};

}  // namespace

Facts present_facts() {
    Facts facts;
    facts.disabled = read_word(kDisabledPath);
    utsname names{};
    if (::uname(&names) == 0) facts.release = names.release;
    facts.memlock = memlock_limit();
    return facts;
}

Error refusal(Step step, int error, const Facts& facts) {
    const std::string why = reason(error, facts);
    if (why.empty()) return socket::system_error(name_of(step), error);
    return {code_of(error), error,
            std::string(name_of(step)) + ": " + socket::describe(error) + "; " + why};
}

std::optional<Error> missing_operation(io_uring& ring) {
    const std::unique_ptr<io_uring_probe, void (*)(io_uring_probe*)> probe(
        io_uring_get_probe_ring(&ring), io_uring_free_probe);
    for (const Operation& operation : kNeeded) {
        // Without an answer (a filter forbids to ask) what is missing shows when it is used.
        if (!probe || io_uring_opcode_supported(probe.get(), operation.number)) continue;
        return Error{ErrorCode::Unsupported, EOPNOTSUPP,
                     std::string("open an io_uring: this kernel's does not know ") +
                         operation.name + "; Linux 6.1 or newer is needed"};
    }
    return std::nullopt;
}

}  // namespace mcast::uring
