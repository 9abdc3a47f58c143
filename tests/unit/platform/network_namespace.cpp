#include "network_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace mcast::platform {

namespace {

std::string failed(const std::string& what) {
    return what + ": " + std::generic_category().message(errno);
}

bool write_file(const char* path, const std::string& content) {
    const FileDescriptor file(::open(path, O_WRONLY | O_CLOEXEC));
    if (!file) return false;
    const ssize_t length = ::write(file.get(), content.data(), content.size());
    return length == static_cast<ssize_t>(content.size());
}

// Makes this user the root of a user namespace (user_namespaces(7)).
std::string become_root() {
    const std::string user = std::to_string(geteuid());
    const std::string group = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER) != 0) return failed("unshare user namespace");
    if (!write_file("/proc/self/setgroups", "deny") ||
        !write_file("/proc/self/uid_map", "0 " + user + " 1") ||
        !write_file("/proc/self/gid_map", "0 " + group + " 1"))
        return failed("map user");
    return {};
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
    if (geteuid() != 0) failure_ = become_root();
    if (!failure_.empty()) return;
    if (unshare(CLONE_NEWNET) != 0) {
        failure_ = failed("unshare network namespace");
        return;
    }
    handle_ = FileDescriptor(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!handle_) failure_ = failed("open network namespace");
}

bool NetworkNamespace::enter() const {
    return setns(handle_.get(), CLONE_NEWNET) == 0;
}

}  // namespace mcast::platform
