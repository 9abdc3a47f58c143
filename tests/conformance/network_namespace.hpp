#pragma once

#include <string>

#include "base/file_descriptor.hpp"

namespace mcast::conformance {

// An empty network namespace of our own, with lo up. The kernel removes it when the last
// descriptor and socket of it is closed.
class NetworkNamespace {
public:
    NetworkNamespace();

    // While one lives, this thread (and programs that it starts) is in the namespace.
    class Visit {
    public:
        explicit Visit(const NetworkNamespace& where);
        Visit(const Visit&) = delete;
        Visit& operator=(const Visit&) = delete;
        ~Visit();

    private:
        FileDescriptor home_;
    };

    // Runs ip(8) inside; throws with what it said.
    void ip(const std::string& arguments) const;
    // Likewise any command.
    void run(const std::string& command) const;
    // As programs of ours name it.
    [[nodiscard]] std::string path() const;

private:
    FileDescriptor fd_;
};

}  // namespace mcast::conformance
