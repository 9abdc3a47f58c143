#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"

namespace mcast::platform {

// Memory that lives as long as somebody has its descriptor (memfd_create(2)), this process or
// another. Zero at first; what is never touched takes none.
class SharedMemory {
public:
    // That of `kept` if it is such memory of this size; else new.
    static Result<SharedMemory> open(std::size_t size, FileDescriptor kept = {});
    SharedMemory(SharedMemory&& other) noexcept;
    SharedMemory& operator=(SharedMemory&&) = delete;
    ~SharedMemory();

    [[nodiscard]] int fd() const { return file_.get(); }
    [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

private:
    SharedMemory(FileDescriptor file, std::span<std::byte> bytes)
        : file_(std::move(file)), bytes_(bytes) {}

    FileDescriptor file_;
    std::span<std::byte> bytes_;
};

}  // namespace mcast::platform
