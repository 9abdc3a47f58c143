#include "tests/conformance/network_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace mcast::conformance {

namespace {

FileDescriptor present() {
    FileDescriptor fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!fd) throw std::system_error(errno, std::generic_category(), "open the namespace");
    return fd;
}

void enter(const FileDescriptor& fd) {
    if (::setns(fd.get(), CLONE_NEWNET) != 0)
        throw std::system_error(errno, std::generic_category(), "enter a network namespace");
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
    const FileDescriptor home = present();
    if (::unshare(CLONE_NEWNET) != 0)
        throw std::system_error(errno, std::generic_category(), "make a network namespace");
    fd_ = present();
    enter(home);
    ip("link set lo up");
}

NetworkNamespace::Visit::Visit(const NetworkNamespace& where) : home_(present()) {
    enter(where.fd_);
}

NetworkNamespace::Visit::~Visit() {
    // What would fail here is a process that no longer may; nothing after it could be trusted.
    if (::setns(home_.get(), CLONE_NEWNET) != 0) std::abort();
}

void NetworkNamespace::ip(const std::string& arguments) const {
    run("ip " + arguments);
}

void NetworkNamespace::run(const std::string& command) const {
    const Visit visit(*this);
    if (std::system(command.c_str()) != 0) throw std::runtime_error(command + " failed");
}

std::string NetworkNamespace::path() const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_.get());
}

}  // namespace mcast::conformance
