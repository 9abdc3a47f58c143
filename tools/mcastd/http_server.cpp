#include "tools/mcastd/http_server.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/mcastd/event_loop.hpp"
#include "transports/socket/socket_address.hpp"

namespace mcastd {

using mcast::Error;
using mcast::ErrorCode;
using mcast::FileDescriptor;
using mcast::Instant;
using mcast::Result;
using mcast::socket::SocketAddress;

namespace {

constexpr int kBacklog = 64;
// Where no descriptor is left, the connection stays in the queue and poll would return at once.
constexpr mcast::Duration kAcceptPause = std::chrono::seconds(1);

Error listen_error(const mcast::Endpoint& listen) {
    return {errno == EADDRINUSE ? ErrorCode::AddressInUse : ErrorCode::System, errno,
            "metrics: listen on " + to_string(listen) + ": " + std::strerror(errno)};
}

// Empty, with errno, where that cannot be.
FileDescriptor listen_on(const mcast::Endpoint& listen) {
    SocketAddress address{};
    const socklen_t size = mcast::socket::to_kernel(listen, {}, address);
    FileDescriptor socket(
        ::socket(address.generic.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (!socket || ::bind(socket.get(), &address.generic, size) != 0 ||
        ::listen(socket.get(), kBacklog) != 0)
        return {};
    return socket;
}

std::uint16_t port_of(int socket) {
    SocketAddress address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket, &address.generic, &size) != 0) return 0;
    return mcast::socket::to_endpoint(address).port;
}

}  // namespace

HttpServer::HttpServer(FileDescriptor listener, FileDescriptor wake, HttpConnection::Answer answer)
    : listener_(std::move(listener)),
      wake_(std::move(wake)),
      answer_(std::move(answer)),
      port_(port_of(listener_.get())) {
    thread_ = std::thread([this] { run(); });
}

Result<std::unique_ptr<HttpServer>> HttpServer::open(const mcast::Endpoint& listen,
                                                     HttpConnection::Answer answer) {
    FileDescriptor listener = listen_on(listen);
    if (!listener) return listen_error(listen);
    FileDescriptor wake(::eventfd(0, EFD_CLOEXEC));
    if (!wake) return listen_error(listen);
    return std::unique_ptr<HttpServer>(
        new HttpServer(std::move(listener), std::move(wake), std::move(answer)));
}

HttpServer::~HttpServer() {
    ::eventfd_write(wake_.get(), 1);
    thread_.join();
}

void HttpServer::run() {
    while (wait(EventLoop::now())) {
        const Instant now = EventLoop::now();
        go_on(now);
        accept(now);
    }
}

bool HttpServer::wait(Instant now) {
    std::array<pollfd, kConnectionsMax + 2> all{};
    std::size_t count = 0;
    all.at(count++) = {wake_.get(), POLLIN, 0};
    Instant until = mcast::kNever;
    for (const HttpConnection& one : connections_) {
        all.at(count++) = {one.descriptor(), one.events(), 0};
        until = std::min(until, one.deadline());
    }
    if (accepting_from_ > now)
        until = std::min(until, accepting_from_);
    else if (connections_.size() < kConnectionsMax)
        all.at(count++) = {listener_.get(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    const int patience = until == mcast::kNever ? -1 : static_cast<int>(std::max(left, 0L));
    ::poll(all.data(), count, patience);
    return all.front().revents == 0;
}

// Each is asked, whatever poll said of it: what cannot go on does not wait.
void HttpServer::go_on(Instant now) {
    std::erase_if(connections_, [&](HttpConnection& one) {
        return !one.go_on(answer_, now) || one.deadline() <= now;
    });
}

void HttpServer::accept(Instant now) {
    while (connections_.size() < kConnectionsMax && accepting_from_ <= now) {
        FileDescriptor socket(
            ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (socket)
            connections_.emplace_back(std::move(socket), now);
        else if (errno == EAGAIN)
            return;
        else if (errno != ECONNABORTED && errno != EINTR)
            accepting_from_ = now + kAcceptPause;
    }
}

}  // namespace mcastd
