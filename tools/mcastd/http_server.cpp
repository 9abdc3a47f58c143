#include "tools/mcastd/http_server.hpp"

#include <microhttpd.h>
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

Error listen_error(const mcast::Endpoint& listen, int number) {
    return {number == EADDRINUSE ? ErrorCode::AddressInUse : ErrorCode::System, number,
            "metrics: listen on " + to_string(listen) + ": " + std::strerror(number)};
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

std::string_view header(MHD_Connection* connection, const char* name) {
    const char* const value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

// Called once when the head is there, then for each piece of a body, then at its end.
MHD_Result on_request(void* server, MHD_Connection* connection, const char* path,
                      const char* method, const char*, const char*, std::size_t* body_size,
                      void** state) {
    const bool head_only = std::exchange(*state, server) == nullptr;
    if (head_only) return MHD_YES;
    if (*body_size > 0) {
        *body_size = 0;  // nobody wants it
        return MHD_YES;
    }
    const HttpRequest request{method, path, header(connection, MHD_HTTP_HEADER_ACCEPT)};
    return static_cast<HttpServer*>(server)->answer(*connection, request) ? MHD_YES : MHD_NO;
}

void on_connection(void* server, MHD_Connection* connection, void**,
                   MHD_ConnectionNotificationCode code) {
    static_cast<HttpServer*>(server)->on_connection(*connection,
                                                    code == MHD_CONNECTION_NOTIFY_STARTED);
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::open(const mcast::Endpoint& listen, Answer answer) {
    std::unique_ptr<HttpServer> server(new HttpServer(std::move(answer)));
    if (const Result<void> started = server->start(listen); !started) return started.error();
    return server;
}

Result<void> HttpServer::start(const mcast::Endpoint& listen) {
    wake_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC));
    FileDescriptor listener = listen_on(listen);
    if (!wake_ || !listener) return listen_error(listen, errno);
    port_ = port_of(listener.get());
    // It has a time-out only for clients that say nothing: run() ends those that say little, too.
    daemon_ = MHD_start_daemon(
        MHD_USE_EPOLL, 0, nullptr, nullptr, on_request, this, MHD_OPTION_LISTEN_SOCKET,
        listener.get(), MHD_OPTION_CONNECTION_LIMIT, kConnectionsMax,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMemoryMax, MHD_OPTION_NOTIFY_CONNECTION,
        mcastd::on_connection, this, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (daemon_ == nullptr) return listen_error(listen, errno);
    static_cast<void>(listener.release());  // the daemon's now
    events_ = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    thread_ = std::thread([this] { run(); });
    return {};
}

HttpServer::~HttpServer() {
    if (thread_.joinable()) {
        ::eventfd_write(wake_.get(), 1);
        thread_.join();
    }
    if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
}

void HttpServer::run() {
    while (wait()) {
        end_slow_ones();
        const std::size_t before = deadlines_.size();
        MHD_run(daemon_);
        // It listens again, where it had as many as it may, only with the next call.
        if (deadlines_.size() < before) MHD_run(daemon_);
    }
}

bool HttpServer::wait() {
    Instant until = mcast::kNever;
    for (const auto& [descriptor, deadline] : deadlines_)
        until = std::min(until, deadline);
    int patience = -1;
    if (until != mcast::kNever) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - EventLoop::now());
        patience = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }
    MHD_UNSIGNED_LONG_LONG wanted = 0;
    if (MHD_get_timeout(daemon_, &wanted) == MHD_YES &&
        (patience < 0 || wanted < static_cast<unsigned>(patience)))
        patience = static_cast<int>(wanted);
    std::array<pollfd, 2> all{{{wake_.get(), POLLIN, 0}, {events_, POLLIN, 0}}};
    ::poll(all.data(), all.size(), patience);
    return all.front().revents == 0;
}

void HttpServer::end_slow_ones() {
    const Instant now = EventLoop::now();
    for (auto& [descriptor, deadline] : deadlines_) {
        if (deadline > now) continue;
        ::shutdown(descriptor, SHUT_RDWR);  // the daemon sees its end and closes it
        deadline = mcast::kNever;
    }
}

bool HttpServer::answer(MHD_Connection& connection, const HttpRequest& request) {
    const HttpResponse said = answer_(request);
    MHD_Response* const response = MHD_create_response_from_buffer(
        said.body.size(), const_cast<char*>(said.body.data()), MHD_RESPMEM_MUST_COPY);
    if (response == nullptr) return false;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, said.type.c_str());
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    const bool queued =
        MHD_queue_response(&connection, static_cast<unsigned>(said.status), response) == MHD_YES;
    MHD_destroy_response(response);
    return queued;
}

void HttpServer::on_connection(MHD_Connection& connection, bool begins) {
    const int descriptor =
        MHD_get_connection_info(&connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (begins)
        deadlines_[descriptor] = EventLoop::now() + kTimeout;
    else
        deadlines_.erase(descriptor);
}

}  // namespace mcastd
