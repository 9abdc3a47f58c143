#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/file_descriptor.hpp"
#include "mcast/address.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"

struct MHD_Connection;  // microhttpd.h
struct MHD_Daemon;

namespace mcastd {

// What a client asks, as far as anybody here wants to know it. Until the answer is given.
struct HttpRequest {
    std::string_view method;
    std::string_view path;    // without its query
    std::string_view accept;  // the header of that name
};

struct HttpResponse {
    int status = 200;
    std::string type = "text/plain";
    std::string body;
};

// Answers HTTP (libmicrohttpd) in a thread of its own. A connection has one request, kTimeout for
// all of it, and kMemoryMax bytes; there are kConnectionsMax at a time, further ones are left to
// the kernel's queue.
class HttpServer {
public:
    using Answer = std::function<HttpResponse(const HttpRequest&)>;

    static constexpr unsigned kConnectionsMax = 16;
    static constexpr std::size_t kMemoryMax = 8192;
    static constexpr mcast::Duration kTimeout = std::chrono::seconds(3);

    // `answer` is called in the thread. Port 0 takes any; port() says which.
    static mcast::Result<std::unique_ptr<HttpServer>> open(const mcast::Endpoint& listen,
                                                           Answer answer);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    // At once, whatever clients do.
    ~HttpServer();

    [[nodiscard]] std::uint16_t port() const { return port_; }

    // For libmicrohttpd, in the thread.
    [[nodiscard]] bool answer(MHD_Connection& connection, const HttpRequest& request);
    void on_connection(MHD_Connection& connection, bool begins);

private:
    explicit HttpServer(Answer answer) : answer_(std::move(answer)) {}
    mcast::Result<void> start(const mcast::Endpoint& listen);
    void run();
    [[nodiscard]] bool wait();  // false at the end
    void end_slow_ones();

    Answer answer_;
    mcast::FileDescriptor wake_;  // eventfd: the end
    MHD_Daemon* daemon_ = nullptr;
    int events_ = -1;  // the daemon's epoll
    std::uint16_t port_ = 0;
    std::map<int, mcast::Instant> deadlines_;  // of connections, by their descriptors
    std::thread thread_;
};

}  // namespace mcastd
