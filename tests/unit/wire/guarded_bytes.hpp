#pragma once

#include <cstddef>
#include <span>

namespace mcast::wire::test {

// Bytes that end where a page without access begins: whoever reads beyond them crashes, with or
// without a sanitizer.
class GuardedBytes {
public:
    GuardedBytes();
    GuardedBytes(const GuardedBytes&) = delete;
    GuardedBytes& operator=(const GuardedBytes&) = delete;
    ~GuardedBytes();

    // A copy of `bytes` (at most kSizeMax) that ends at the guard. It is 8-byte aligned if its size
    // is a multiple of 8. Valid until the next call.
    [[nodiscard]] std::span<const std::byte> hold(std::span<const std::byte> bytes);

    static constexpr std::size_t kSizeMax = 65536;

private:
    std::byte* pages_;
    std::size_t page_size_;
};

}  // namespace mcast::wire::test
