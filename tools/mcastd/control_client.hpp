#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"

namespace mcastd {

// Asks a running daemon over its control socket.
class ControlClient {
public:
    static constexpr mcast::Duration kPatience = std::chrono::seconds(10);

    // An error if nobody listens there, or this user may not; the sentence says what to do.
    static mcast::Result<ControlClient> connect(const std::string& path);

    // Who listens there; 0 if the kernel does not say.
    [[nodiscard]] pid_t daemon() const;
    // The answer to a request, a JSON document; what the daemon answers as an error is one.
    mcast::Result<std::string> ask(std::string_view request);

private:
    ControlClient(mcast::FileDescriptor socket, std::string path)
        : socket_(std::move(socket)), path_(std::move(path)) {}

    mcast::FileDescriptor socket_;
    std::string path_;
};

}  // namespace mcastd
