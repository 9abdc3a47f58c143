#pragma once

#include <string>
#include <utility>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"

namespace mcastd {

// Of several runs with the same control socket or state directory only one holds the lock, a
// locked file (F_OFD_SETLK of fcntl(2)), so that nothing stays behind when a run is killed. The
// file names its holder.
class InstanceLock {
public:
    // AddressInUse: another run holds it; the sentence says its pid, since when, and its
    // configuration. A file that cannot be written on a full disk still locks.
    static mcast::Result<InstanceLock> take(const std::string& path, const std::string& config);

    InstanceLock(InstanceLock&&) = default;
    InstanceLock& operator=(InstanceLock&&) = delete;
    // The file stays: removing it would let two runs lock two files of one name.
    ~InstanceLock() = default;

private:
    explicit InstanceLock(mcast::FileDescriptor file) : file_(std::move(file)) {}

    mcast::FileDescriptor file_;
};

// Whether some run holds the lock of that file now.
[[nodiscard]] bool is_locked(const std::string& path);

}  // namespace mcastd
