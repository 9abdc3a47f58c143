#include "tests/support/allocation_count.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MCAST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MCAST_SANITIZED 1
#endif
#endif

#ifdef MCAST_SANITIZED
#include <sanitizer/allocator_interface.h>
#endif

namespace {

std::atomic<std::uint64_t> allocations{0};

void count() {
    allocations.fetch_add(1, std::memory_order_relaxed);
}

#ifdef MCAST_SANITIZED

const int hooked = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { count(); }, [](const volatile void*) {});

#else

void* count_and_allocate(std::size_t size, std::size_t alignment) {
    count();
    void* const memory =
        alignment > alignof(std::max_align_t)
            ? std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
            : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

#endif

}  // namespace

#ifndef MCAST_SANITIZED

void* operator new(std::size_t size) {
    return count_and_allocate(size, 0);
}
void* operator new[](std::size_t size) {
    return count_and_allocate(size, 0);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return count_and_allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

#endif

namespace mcast::test {

AllocationCount::AllocationCount() : at_start_(allocations.load(std::memory_order_relaxed)) {
#ifdef MCAST_SANITIZED
    if (hooked == 0) std::abort();  // all tests that count would pass for nothing
#endif
}

std::uint64_t AllocationCount::since() const {
    return allocations.load(std::memory_order_relaxed) - at_start_;
}

}  // namespace mcast::test
