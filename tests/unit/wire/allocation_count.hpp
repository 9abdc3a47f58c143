#pragma once

#include <cstddef>

namespace mcast::wire::test {

// Counts what operator new hands out while it lives.
class AllocationCount {
public:
    AllocationCount();
    [[nodiscard]] std::size_t since() const;

private:
    std::size_t at_start_;
};

}  // namespace mcast::wire::test
