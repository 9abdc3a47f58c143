#pragma once

#include <cstdint>
#include <memory>

#include "mcast/address.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"
#include "tools/mcastd/http_server.hpp"
#include "tools/mcastd/snapshot.hpp"

namespace mcastd {

// Serves /metrics, /healthz and /readyz over HTTP, in a thread of its own: the daemon's loop only
// hands over what is to be shown. HttpServer says how it is bounded.
class HttpEndpoint {
public:
    static constexpr mcast::Duration kStaleAfter = std::chrono::seconds(5);

    // Port 0 takes any; port() says which. Signals that the loop wants must be blocked before.
    static mcast::Result<std::unique_ptr<HttpEndpoint>> open(const mcast::Endpoint& listen);
    HttpEndpoint(const HttpEndpoint&) = delete;
    HttpEndpoint& operator=(const HttpEndpoint&) = delete;
    // At once, whatever clients do.
    ~HttpEndpoint();

    [[nodiscard]] std::uint16_t port() const;
    // What is shown from now on, and that the loop is alive: when that is older than kStaleAfter,
    // /healthz fails. Does not wait: while a client is being answered, the older one stays.
    void publish(Snapshot snapshot);

private:
    class Pages;
    HttpEndpoint(std::unique_ptr<Pages> pages, std::unique_ptr<HttpServer> server);

    std::unique_ptr<Pages> pages_;  // outlives the thread
    std::unique_ptr<HttpServer> server_;
};

}  // namespace mcastd
