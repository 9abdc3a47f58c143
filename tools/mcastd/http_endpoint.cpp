#include "tools/mcastd/http_endpoint.hpp"

#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tools/mcastd/event_loop.hpp"
#include "tools/mcastd/metrics.hpp"
#include "tools/mcastd/moment.hpp"

namespace mcastd {

using mcast::Error;
using mcast::ErrorCode;
using mcast::Result;

namespace {

// The library's own pool has a queue without end. This one has the thread that accepts wait for
// room, so that what comes beyond it stays in the kernel's backlog.
class BoundedPool final : public httplib::TaskQueue {
public:
    BoundedPool() {
        for (std::size_t i = 0; i < HttpEndpoint::kWorkers; ++i)
            workers_.emplace_back([this] { work(); });
    }
    void enqueue(std::function<void()> task) override {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return tasks_.size() < HttpEndpoint::kWaitingMax; });
        tasks_.push_back(std::move(task));
        lock.unlock();
        filled_.notify_one();
    }
    void shutdown() override {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        filled_.notify_all();
        for (std::thread& worker : workers_)
            worker.join();
    }

private:
    void work() {
        for (;;) {
            std::unique_lock lock(mutex_);
            filled_.wait(lock, [this] { return !tasks_.empty() || over_; });
            // Also when it is over: a task closes the connection that it was given.
            if (tasks_.empty()) return;
            const std::function<void()> task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            room_.notify_one();
            task();
        }
    }

    std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<std::function<void()>> tasks_;
    std::vector<std::thread> workers_;
    bool over_ = false;
};

bool wants_open_metrics(const httplib::Request& request) {
    return request.get_header_value("Accept").find("application/openmetrics-text") !=
           std::string::npos;
}

}  // namespace

class HttpEndpoint::Server {
public:
    Server() {
        http_.new_task_queue = [] { return new BoundedPool; };  // the library deletes it
        // The library would let a second daemon share the port (SO_REUSEPORT) instead of refusing.
        http_.set_socket_options([](socket_t socket) {
            const int yes = 1;
            ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        });
        http_.set_read_timeout(kTimeout);
        http_.set_write_timeout(kTimeout);
        http_.set_keep_alive_max_count(1);
        http_.set_payload_max_length(1024);  // nothing here takes a body
        http_.Get("/metrics",
                  [this](const auto& request, auto& response) { metrics(request, response); });
        http_.Get("/healthz", [this](const auto&, auto& response) { health(response); });
        http_.Get("/readyz", [this](const auto&, auto& response) { readiness(response); });
    }
    ~Server() {
        if (!thread_.joinable()) return;
        // stop() of the library does nothing before it listens.
        while (!http_.is_running() && !ended_)
            std::this_thread::yield();
        http_.stop();
        thread_.join();
    }

    bool bind(const std::string& address, std::uint16_t port) {
        if (port != 0) {
            port_ = port;
            return http_.bind_to_port(address, port);
        }
        const int any = http_.bind_to_any_port(address);
        port_ = static_cast<std::uint16_t>(std::max(any, 0));
        return any > 0;
    }
    void start() {
        thread_ = std::thread([this] {
            http_.listen_after_bind();
            ended_ = true;
        });
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }

    void publish(Snapshot snapshot) {
        alive_at_ = EventLoop::now().time_since_epoch().count();
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (lock) snapshot_ = std::move(snapshot);
    }

private:
    void metrics(const httplib::Request& request, httplib::Response& response) {
        const MetricsFormat format =
            wants_open_metrics(request) ? MetricsFormat::OpenMetrics : MetricsFormat::Prometheus;
        const std::lock_guard lock(mutex_);
        response.set_content(metrics_text(snapshot_, format), std::string(content_type(format)));
    }
    [[nodiscard]] mcast::Duration silence() const {
        return EventLoop::now().time_since_epoch() - mcast::Duration(alive_at_.load());
    }
    void answer(httplib::Response& response, const std::string& trouble) const {
        response.status = trouble.empty() ? 200 : 503;
        response.set_content((trouble.empty() ? "ok" : trouble) + "\n", "text/plain");
    }
    void health(httplib::Response& response) const {
        const mcast::Duration silent = silence();
        answer(response, silent < kStaleAfter
                             ? ""
                             : "the loop has not answered for " + duration_text(silent));
    }
    void readiness(httplib::Response& response) {
        if (silence() >= kStaleAfter) return health(response);
        const std::lock_guard lock(mutex_);
        answer(response, snapshot_.not_ready_why);
    }

    httplib::Server http_;
    std::thread thread_;
    std::atomic<bool> ended_ = false;
    std::atomic<std::int64_t> alive_at_ = 0;
    std::mutex mutex_;
    Snapshot snapshot_;  // under the mutex
    std::uint16_t port_ = 0;
};

HttpEndpoint::HttpEndpoint(std::unique_ptr<Server> server) : server_(std::move(server)) {}
HttpEndpoint::~HttpEndpoint() = default;

Result<std::unique_ptr<HttpEndpoint>> HttpEndpoint::open(const mcast::Endpoint& listen) {
    auto server = std::make_unique<Server>();
    errno = 0;
    if (!server->bind(mcast::to_string(listen.address), listen.port)) {
        const int why = errno;
        return Error{why == EADDRINUSE ? ErrorCode::AddressInUse : ErrorCode::System, why,
                     "metrics: listen on " + mcast::to_string(listen) + ": " +
                         (why == 0 ? "refused" : std::strerror(why))};
    }
    server->start();
    return std::unique_ptr<HttpEndpoint>(new HttpEndpoint(std::move(server)));
}

std::uint16_t HttpEndpoint::port() const {
    return server_->port();
}

void HttpEndpoint::publish(Snapshot snapshot) {
    server_->publish(std::move(snapshot));
}

}  // namespace mcastd
