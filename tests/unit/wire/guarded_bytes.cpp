#include "guarded_bytes.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace mcast::wire::test {

GuardedBytes::GuardedBytes() : page_size_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    void* const pages = mmap(nullptr, kSizeMax + page_size_, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) std::abort();
    pages_ = static_cast<std::byte*>(pages);
    if (mprotect(pages_ + kSizeMax, page_size_, PROT_NONE) != 0) std::abort();
}

GuardedBytes::~GuardedBytes() {
    munmap(pages_, kSizeMax + page_size_);
}

std::span<const std::byte> GuardedBytes::hold(std::span<const std::byte> bytes) {
    if (bytes.size() > kSizeMax) std::abort();
    std::byte* const start = pages_ + kSizeMax - bytes.size();
    if (!bytes.empty()) std::memcpy(start, bytes.data(), bytes.size());
    return {start, bytes.size()};
}

}  // namespace mcast::wire::test
