#include "tools/mcastd/instance_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/mcast/text.hpp"
#include "tools/mcastd/moment.hpp"

namespace mcastd {

using mcast::Error;
using mcast::ErrorCode;
using mcast::FileDescriptor;
using mcast::Result;

namespace {

// What the holder wrote: "pid 812, since 2026-03-01 12:00:00, configuration /etc/…".
std::string holder_of(int file) {
    std::array<char, 512> text{};
    const ssize_t size = ::pread(file, text.data(), text.size(), 0);
    std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    holder = mcast::cli::printable(holder.substr(0, holder.find('\n')));
    return holder.empty() ? "a process that could not write down its pid" : holder;
}

struct flock whole_file() {
    struct flock lock {};  // all zero: from the start to the end, whatever that will be
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

}  // namespace

Result<InstanceLock> InstanceLock::take(const std::string& path, const std::string& config) {
    // Readable by all, so that whoever is refused can say by whom.
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!file) {
        return Error{errno == EACCES ? ErrorCode::PermissionDenied : ErrorCode::System, errno,
                     "lock " + path + ": " + std::strerror(errno)};
    }
    struct flock lock = whole_file();
    if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
        if (errno != EAGAIN && errno != EACCES)
            return Error{ErrorCode::System, errno, "lock " + path + ": " + std::strerror(errno)};
        return Error{ErrorCode::AddressInUse, errno,
                     "another mcastd is running here: " + holder_of(file.get()) + " holds " + path +
                         "; stop it, or give this one a control socket and a state directory of "
                         "its own"};
    }
    const std::string text = "pid " + std::to_string(::getpid()) + ", since " +
                             local_text(wall_now()) + ", configuration " +
                             (config.empty() ? "none" : config) + "\n";
    if (::ftruncate(file.get(), 0) != 0 ||
        ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        // It is locked all the same; holder_of() copes with an empty one.
    }
    return InstanceLock(std::move(file));
}

bool is_locked(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    // Only asks: taking it for a moment could turn away a run that starts just then.
    struct flock lock = whole_file();
    return file && ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace mcastd
