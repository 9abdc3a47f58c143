#include "tools/mcastd/http_endpoint.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "tools/mcastd/event_loop.hpp"
#include "tools/mcastd/metrics.hpp"
#include "tools/mcastd/moment.hpp"

namespace mcastd {

using mcast::Result;

namespace {

bool wants_open_metrics(const HttpRequest& request) {
    return request.accept.find("application/openmetrics-text") != std::string_view::npos;
}

}  // namespace

// What is shown: handed over by the loop, asked for by the thread of HTTP.
class HttpEndpoint::Pages {
public:
    void publish(Snapshot snapshot) {
        alive_at_ = EventLoop::now().time_since_epoch().count();
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (lock) snapshot_ = std::move(snapshot);
    }

    HttpResponse answer(const HttpRequest& request) {
        const bool looks = request.method == "GET" || request.method == "HEAD";
        if (looks && request.path == "/metrics") return metrics(request);
        if (looks && request.path == "/healthz") return health();
        if (looks && request.path == "/readyz") return readiness();
        return {404, "text/plain", "there are /metrics, /healthz and /readyz\n"};
    }

private:
    HttpResponse metrics(const HttpRequest& request) {
        const MetricsFormat format =
            wants_open_metrics(request) ? MetricsFormat::OpenMetrics : MetricsFormat::Prometheus;
        const std::lock_guard lock(mutex_);
        return {200, std::string(content_type(format)), metrics_text(snapshot_, format)};
    }
    [[nodiscard]] mcast::Duration silence() const {
        return EventLoop::now().time_since_epoch() - mcast::Duration(alive_at_.load());
    }
    static HttpResponse verdict(const std::string& trouble) {
        return {trouble.empty() ? 200 : 503, "text/plain",
                (trouble.empty() ? "ok" : trouble) + "\n"};
    }
    [[nodiscard]] HttpResponse health() const {
        const mcast::Duration silent = silence();
        return verdict(
            silent < kStaleAfter ? "" : "the loop has not answered for " + duration_text(silent));
    }
    HttpResponse readiness() {
        if (silence() >= kStaleAfter) return health();
        const std::lock_guard lock(mutex_);
        return verdict(snapshot_.not_ready_why);
    }

    std::atomic<std::int64_t> alive_at_ = 0;
    std::mutex mutex_;
    Snapshot snapshot_;  // under the mutex
};

HttpEndpoint::HttpEndpoint(std::unique_ptr<Pages> pages, std::unique_ptr<HttpServer> server)
    : pages_(std::move(pages)), server_(std::move(server)) {}
HttpEndpoint::~HttpEndpoint() = default;

Result<std::unique_ptr<HttpEndpoint>> HttpEndpoint::open(const mcast::Endpoint& listen) {
    auto pages = std::make_unique<Pages>();
    auto server = HttpServer::open(listen, [shown = pages.get()](const HttpRequest& request) {
        return shown->answer(request);
    });
    if (!server) return server.error();
    return std::unique_ptr<HttpEndpoint>(new HttpEndpoint(std::move(pages), std::move(*server)));
}

std::uint16_t HttpEndpoint::port() const {
    return server_->port();
}

void HttpEndpoint::publish(Snapshot snapshot) {
    pages_->publish(std::move(snapshot));
}

}  // namespace mcastd
