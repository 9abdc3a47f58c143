#pragma once

#include <cstdint>

namespace mcast::test {

// Counts what C++ allocates in the whole program while it lives; under a sanitizer, which has its
// own operators, what malloc hands out.
class AllocationCount {
public:
    AllocationCount();
    [[nodiscard]] std::uint64_t since() const;

private:
    std::uint64_t at_start_;
};

}  // namespace mcast::test
