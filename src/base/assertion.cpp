#include <cstdio>
#include <cstdlib>

#include "mcast/assert.hpp"

namespace mcast::detail {

void assertion_failed(const char* expression, const char* explanation, const char* file,
                      int line) noexcept {
    std::fprintf(stderr, "libmcast: %s (%s, %s:%d)\n", explanation, expression, file, line);
    std::abort();
}

}  // namespace mcast::detail
