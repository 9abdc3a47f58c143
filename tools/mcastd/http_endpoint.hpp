#pragma once

#include <cstddef>
#include <memory>

#include "mcast/address.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"
#include "tools/mcastd/snapshot.hpp"

namespace mcastd {

// Serves /metrics, /healthz and /readyz over HTTP, in threads of the HTTP library: the daemon's
// loop only hands over what is to be shown. Bounded: kWorkers answer, kWaitingMax connections
// wait, further ones are left to the kernel's queue; each has kTimeout to ask and to read, and is
// closed after one answer.
class HttpEndpoint {
public:
    static constexpr std::size_t kWorkers = 2;
    static constexpr std::size_t kWaitingMax = 16;
    static constexpr mcast::Duration kTimeout = std::chrono::seconds(2);
    static constexpr mcast::Duration kStaleAfter = std::chrono::seconds(5);

    // Port 0 takes any; port() says which. Signals that the loop wants must be blocked before.
    static mcast::Result<std::unique_ptr<HttpEndpoint>> open(const mcast::Endpoint& listen);
    HttpEndpoint(const HttpEndpoint&) = delete;
    HttpEndpoint& operator=(const HttpEndpoint&) = delete;
    // Ends the threads; takes as long as the slowest client is allowed to.
    ~HttpEndpoint();

    [[nodiscard]] std::uint16_t port() const;
    // What is shown from now on, and that the loop is alive: when that is older than kStaleAfter,
    // /healthz fails. Does not wait: while a client is being answered, the older one stays.
    void publish(Snapshot snapshot);

private:
    class Server;
    explicit HttpEndpoint(std::unique_ptr<Server> server);

    std::unique_ptr<Server> server_;
};

}  // namespace mcastd
