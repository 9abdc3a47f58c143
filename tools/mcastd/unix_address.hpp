#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <optional>
#include <string>

namespace mcastd {

// The address of a socket in the file system; none if the path is empty or too long for one.
[[nodiscard]] inline std::optional<sockaddr_un> unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // One byte stays zero: not all that read such addresses go by their length (unix(7)).
    if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

// Who is at the other end of a connected UNIX socket (SO_PEERCRED); none if the kernel does not
// say.
[[nodiscard]] inline std::optional<ucred> other_end(int socket) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return std::nullopt;
    return credentials;
}

}  // namespace mcastd
