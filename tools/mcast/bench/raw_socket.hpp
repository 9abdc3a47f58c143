#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>

#include "mcast/result.hpp"

namespace mcast::bench {

// A multicast socket as a program without a library makes one.
class RawSocket {
public:
    enum class Channel : std::uint8_t { Data, Answers };  // each a group and port of its own

    [[nodiscard]] static Result<RawSocket> sender(const std::string& interface, Channel channel);
    [[nodiscard]] static Result<RawSocket> receiver(const std::string& interface, Channel channel);
    RawSocket(RawSocket&& other) noexcept;
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;
    RawSocket& operator=(RawSocket&&) = delete;
    ~RawSocket();

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] const sockaddr_in& group() const { return group_; }
    // Datagrams that the kernel dropped since the receive buffer was full.
    [[nodiscard]] std::uint64_t dropped() const;

private:
    RawSocket(int fd, const sockaddr_in& group) : fd_(fd), group_(group) {}
    [[nodiscard]] static Result<RawSocket> open(Channel channel);

    int fd_;
    sockaddr_in group_;
};

// "WHAT: what the system says", of errno.
[[nodiscard]] Error system_error(const std::string& what);

}  // namespace mcast::bench
