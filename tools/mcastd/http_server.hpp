#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/address.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"
#include "tools/mcastd/http_connection.hpp"

namespace mcastd {

// Answers HTTP in a thread of its own. At most kConnectionsMax connections at a time; further ones
// are left to the kernel's queue until one is over, which HttpConnection sees to.
class HttpServer {
public:
    static constexpr std::size_t kConnectionsMax = 16;

    // `answer` is called in the thread. Port 0 takes any; port() says which.
    static mcast::Result<std::unique_ptr<HttpServer>> open(const mcast::Endpoint& listen,
                                                           HttpConnection::Answer answer);
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    // At once, whatever clients do.
    ~HttpServer();

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    HttpServer(mcast::FileDescriptor listener, mcast::FileDescriptor wake,
               HttpConnection::Answer answer);
    void run();
    [[nodiscard]] bool wait(mcast::Instant now);  // false at the end
    void accept(mcast::Instant now);
    void go_on(mcast::Instant now);

    mcast::FileDescriptor listener_;
    mcast::FileDescriptor wake_;  // eventfd: the end
    HttpConnection::Answer answer_;
    std::uint16_t port_ = 0;
    // The thread's own.
    std::vector<HttpConnection> connections_;
    mcast::Instant accepting_from_{};
    std::thread thread_;
};

}  // namespace mcastd
