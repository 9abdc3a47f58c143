#include "tools/mcastd/control_client.hpp"

#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tools/mcast/text.hpp"
#include "tools/mcastd/json.hpp"
#include "tools/mcastd/unix_address.hpp"

namespace mcastd {

using mcast::Error;
using mcast::ErrorCode;
using mcast::FileDescriptor;
using mcast::Result;

namespace {

constexpr std::size_t kAnswerMax = 64u << 20;  // more than the daemon ever says

std::string reason_of(const std::string& path) {
    switch (errno) {
        case ENOENT:
        case ECONNREFUSED:
            return "no mcastd answers at " + path +
                   ": start it (mcastd run), or name its control socket with --socket";
        case EACCES:
        case EPERM:
            return path + ": " + std::strerror(errno) + ": ask as root";
        default:
            return path + ": " + std::strerror(errno);
    }
}

}  // namespace

Result<ControlClient> ControlClient::connect(const std::string& path) {
    const auto address = unix_address(path);
    if (!address) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "'" + mcast::cli::printable(path) + "' cannot be the path of a socket"};
    }
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{std::chrono::duration_cast<std::chrono::seconds>(kPatience).count(), 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return Error{ErrorCode::System, errno, reason_of(path)};
    return ControlClient(std::move(socket), path);
}

pid_t ControlClient::daemon() const {
    const auto listener = other_end(socket_.get());
    return listener ? listener->pid : 0;
}

Result<std::string> ControlClient::ask(std::string_view request) {
    const std::string line = std::string(request) + "\n";
    if (::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(line.size()))
        return Error{ErrorCode::System, errno, "ask " + path_ + ": " + std::strerror(errno)};
    std::string answer;
    while (!answer.ends_with('\n')) {
        std::array<char, 65536> bytes{};
        const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || answer.size() > kAnswerMax) {
            const bool late = count < 0 && errno == EAGAIN;
            return Error{ErrorCode::System, count < 0 ? errno : 0,
                         "the mcastd at " + path_ +
                             (late ? " did not answer in time" : " ended the connection")};
        }
        answer.append(bytes.data(), static_cast<std::size_t>(count));
    }
    answer.pop_back();
    const auto document = Json::parse(answer);
    if (!document) return document.error().within("answer of the mcastd at " + path_);
    const Json& refusal = (*document)["error"];
    if (!refusal.is_null()) return Error{ErrorCode::InvalidArgument, 0, refusal.text};
    return answer;
}

}  // namespace mcastd
