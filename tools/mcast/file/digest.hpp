#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace mcast::cli {

// SHA-256: what sha256sum prints, so that people can check it with other tools.
using Hash = std::array<std::byte, 32>;

class Digest {
public:
    Digest();
    ~Digest();
    Digest(Digest&&) noexcept;
    Digest& operator=(Digest&&) noexcept;

    void update(std::span<const std::byte> bytes);
    // Of all that was given; then it begins anew.
    [[nodiscard]] Hash finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace mcast::cli
