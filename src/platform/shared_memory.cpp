#include "platform/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace mcast::platform {

namespace {

// Sealed against shrinking: whoever else has the descriptor cannot make reading it a fault.
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

bool is_ours(int fd, std::size_t size) {
    struct stat status {};
    return ::fcntl(fd, F_GET_SEALS) == kSeals && ::fstat(fd, &status) == 0 &&
           status.st_size == static_cast<off_t>(size);
}

Error error_at(const char* step) {
    return {ErrorCode::System, errno,
            "shared memory: " + std::string(step) + ": " + std::strerror(errno)};
}

}  // namespace

Result<SharedMemory> SharedMemory::open(std::size_t size, FileDescriptor kept) {
    FileDescriptor file = std::move(kept);
    if (!file || !is_ours(file.get(), size)) {
        file = FileDescriptor(::memfd_create("mcast", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        if (!file) return error_at("memfd_create");
        if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) return error_at("ftruncate");
        if (::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) return error_at("seal");
    }
    void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (mapped == MAP_FAILED) return error_at("mmap");
    return SharedMemory(std::move(file), {static_cast<std::byte*>(mapped), size});
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : file_(std::move(other.file_)), bytes_(std::exchange(other.bytes_, {})) {}

SharedMemory::~SharedMemory() {
    if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace mcast::platform
