#include "tools/mcastd/service_manager.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

namespace mcastd {

using mcast::Duration;
using mcast::FileDescriptor;

namespace {

constexpr int kFirstKept = 3;   // SD_LISTEN_FDS_START of sd_listen_fds(3)
constexpr int kKeptMax = 1024;  // more is a mistake in the environment
// A queue of ten messages is all that the kernel promises (unix(7), max_dgram_qlen), and a start
// says more than that at once. A manager that never reads must not stop the loop for longer.
constexpr time_t kPatienceSeconds = 1;

std::string take_variable(const char* name) {
    const char* const value = std::getenv(name);
    std::string text = value == nullptr ? "" : value;
    ::unsetenv(name);
    return text;
}

std::int64_t number_of(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : 0;
}

bool meant_for_us(const std::string& pid) {
    return pid.empty() || number_of(pid) == ::getpid();
}

// 0: it is no UDP socket that is bound, or shares its port.
std::uint16_t exclusive_port(int descriptor) {
    int protocol = 0;
    int shared = 0;
    socklen_t length = sizeof protocol;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) != 0 ||
        ::getsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &shared, &length) != 0 ||
        protocol != IPPROTO_UDP || shared != 0)
        return 0;
    // The port of IPv6 is in the same place (netinet/in.h).
    sockaddr_in6 address{};
    length = sizeof address;
    const bool bound =
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    return bound ? ntohs(address.sin6_port) : std::uint16_t{0};
}

// A status is one line.
std::string one_line(std::string_view text) {
    std::string line(text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
    ServiceManager made;
    made.address_ = take_variable("NOTIFY_SOCKET");
    const std::string watchdog_pid = take_variable("WATCHDOG_PID");
    const std::int64_t microseconds = number_of(take_variable("WATCHDOG_USEC"));
    if (microseconds > 0 && meant_for_us(watchdog_pid))
        made.watchdog_ = std::chrono::microseconds(microseconds);

    const std::string pid = take_variable("LISTEN_PID");
    const std::int64_t count = number_of(take_variable("LISTEN_FDS"));
    const std::string names = take_variable("LISTEN_FDNAMES");
    if (pid.empty() || !meant_for_us(pid) || count <= 0 || count > kKeptMax) return made;
    std::size_t begin = 0;
    for (int i = 0; i < count; ++i) {
        const std::size_t end = std::min(names.find(':', begin), names.size());
        const int descriptor = kFirstKept + i;
        // Also says whether it exists: a wrong count must not make us close what is not ours.
        if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0) {
            made.kept_.emplace_back(names.substr(std::min(begin, names.size()), end - begin),
                                    FileDescriptor(descriptor));
        }
        begin = std::min(end + 1, names.size());
    }
    return made;
}

bool ServiceManager::send(std::string_view message, Patience patience, int descriptor) {
    if (address_.empty()) return false;
    // One that did not read in all that time is not waited for again until it does.
    const bool said = deliver(message, descriptor, reads_ ? patience : Patience::None);
    if (said || patience == Patience::Some) reads_ = said;
    unsaid_ += said ? 0 : 1;
    return said;
}

bool ServiceManager::deliver(std::string_view message, int descriptor, Patience patience) const {
    sockaddr_un address{};
    if (address_.size() >= sizeof address.sun_path) return false;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, address_.data(), address_.size());
    // An abstract address begins with a zero byte and has no end but its length (unix(7)).
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return false;
    const timeval longest{kPatienceSeconds, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);

    iovec data{const_cast<char*>(message.data()), message.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};
    header.msg_name = &address;
    header.msg_namelen = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    if (descriptor >= 0) {
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        cmsghdr* const rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    }
    const int flags = MSG_NOSIGNAL | (patience == Patience::None ? MSG_DONTWAIT : 0);
    return ::sendmsg(socket.get(), &header, flags) >= 0;
}

void ServiceManager::ready(std::string_view status) {
    send("READY=1\nSTATUS=" + one_line(status), Patience::Some);
}

void ServiceManager::status(std::string_view status) {
    send("STATUS=" + one_line(status), Patience::None);
}

void ServiceManager::reloading() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t microseconds =
        static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds), Patience::Some);
}

void ServiceManager::stopping(std::string_view status) {
    send("STOPPING=1\nSTATUS=" + one_line(status), Patience::Some);
}

void ServiceManager::alive() {
    if (watchdog_ != Duration::zero()) send("WATCHDOG=1", Patience::None);
}

bool ServiceManager::store(std::string_view name, int descriptor) {
    // Not to be given up for an error that is pending on it.
    return send("FDSTORE=1\nFDPOLL=0\nFDNAME=" + one_line(name), Patience::Some, descriptor);
}

void ServiceManager::remove(std::string_view name) {
    send("FDSTOREREMOVE=1\nFDNAME=" + one_line(name), Patience::Some);
}

FileDescriptor ServiceManager::take(std::string_view name) {
    const auto found = std::find_if(kept_.begin(), kept_.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (found == kept_.end()) return {};
    FileDescriptor descriptor = std::move(found->second);
    kept_.erase(found);
    return descriptor;
}

void ServiceManager::release_port(std::uint16_t port) {
    std::erase_if(kept_, [&](const auto& entry) {
        const auto& [name, descriptor] = entry;
        if (exclusive_port(descriptor.get()) != port) return false;
        const int on = 1;
        ::setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        remove(name);
        return true;
    });
}

void ServiceManager::remove_kept() {
    for (const auto& [name, descriptor] : std::exchange(kept_, {}))
        remove(name);
}

std::vector<std::string> ServiceManager::kept() const {
    std::vector<std::string> names;
    for (const auto& entry : kept_)
        names.push_back(entry.first);
    return names;
}

}  // namespace mcastd
