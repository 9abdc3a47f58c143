#pragma once

#include <string>

#include "base/file_descriptor.hpp"

namespace mcast::platform {

// A network namespace that this process enters on construction; its interfaces vanish with the
// last process and socket in it. Without root, a user namespace comes first.
class NetworkNamespace {
public:
    NetworkNamespace();
    NetworkNamespace(const NetworkNamespace&) = delete;
    NetworkNamespace& operator=(const NetworkNamespace&) = delete;

    // Why there is no namespace; empty if there is one.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    // Moves the calling thread back into this namespace.
    [[nodiscard]] bool enter() const;

private:
    FileDescriptor handle_;
    std::string failure_;
};

}  // namespace mcast::platform
