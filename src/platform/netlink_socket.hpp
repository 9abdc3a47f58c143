#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"

namespace mcast::platform {

// A socket to the kernel's routing tables (rtnetlink(7)); never blocks.
class NetlinkSocket {
public:
    // What receive() found.
    enum class Receipt : std::uint8_t {
        Datagram,  // datagram() has it
        Nothing,   // nothing is waiting
        Lost,      // the kernel or this buffer had no room: messages are missing
        Broken,    // the kernel refuses to go on
    };

    // `groups`: the RTMGRP_* to hear of. Fails with a sentence that says what to allow.
    static Result<NetlinkSocket> open(std::uint32_t groups);

    // Asks for all objects of RTM_GETLINK or RTM_GETADDR; the replies bear `sequence`.
    bool request_dump(std::uint16_t type, std::uint32_t sequence);
    Receipt receive();
    // The last received; valid until the next receive().
    [[nodiscard]] std::span<const std::byte> datagram() const { return {buffer_.data(), length_}; }
    [[nodiscard]] int fd() const { return fd_.get(); }

private:
    explicit NetlinkSocket(FileDescriptor fd);

    FileDescriptor fd_;
    std::vector<std::byte> buffer_;
    std::size_t length_ = 0;
};

}  // namespace mcast::platform
