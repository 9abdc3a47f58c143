#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/result.hpp"
#include "mcast/time.hpp"
#include "tools/mcastd/config.hpp"
#include "tools/mcastd/control_server.hpp"
#include "tools/mcastd/event_loop.hpp"
#include "tools/mcastd/foreign_groups.hpp"
#include "tools/mcastd/http_endpoint.hpp"
#include "tools/mcastd/log.hpp"
#include "tools/mcastd/node_view.hpp"
#include "tools/mcastd/relaying.hpp"
#include "tools/mcastd/run_record.hpp"
#include "tools/mcastd/service_manager.hpp"
#include "tools/mcastd/snapshot.hpp"

namespace mcastd {

// The running daemon: joins its parts on one loop.
class Daemon {
public:
    struct Loaded {
        Config config;
        std::vector<std::string> warnings;  // a line each
    };
    struct Parts {
        ServiceManager& manager;
        RunRecord& record;
        Log& log;
        std::string config_path;                      // for people; empty: none
        std::function<mcast::Result<Loaded>()> load;  // again, for a reload
    };

    // Opens all that the configuration names; serves once run() is called.
    static mcast::Result<std::unique_ptr<Daemon>> open(Parts parts, Config config);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon() = default;

    // Until SIGTERM or SIGINT; notes the end.
    void run();

    [[nodiscard]] Snapshot snapshot(Detail detail) const;

private:
    Daemon(Parts parts, Config config) : parts_(std::move(parts)), config_(std::move(config)) {}

    mcast::Result<void> start();
    void on_signal(const Signal& signal);
    // The warnings of what was applied; an error leaves everything as it was.
    mcast::Result<std::vector<std::string>> reload(std::string_view asked_by);
    mcast::Result<std::string> answer_reload(const Asker& asker);
    mcast::Result<void> apply(Config config);
    // None where none is wanted. Closes the one there is if that holds the port.
    mcast::Result<std::unique_ptr<HttpEndpoint>> open_metrics(const MetricsConfig& metrics);
    void restore_metrics();  // if it was closed for what was refused then
    mcast::Result<std::string> answer(std::string_view request, const Asker& asker);
    void each_second();
    void shed(std::uint64_t used);
    void tell_unsaid();
    [[nodiscard]] std::string status_line(const Snapshot& all) const;
    void add_rules(Snapshot& all, Detail detail) const;

    Parts parts_;
    Config config_;
    std::unique_ptr<EventLoop> loop_;
    std::unique_ptr<Relaying> relaying_;
    std::unique_ptr<ForeignGroups> foreign_;
    std::unique_ptr<ControlServer> control_;
    std::unique_ptr<HttpEndpoint> http_;
    RateMeter rates_;
    std::string status_;        // as the service manager knows it
    std::uint64_t unsaid_ = 0;  // messages to it that were told of in the log
    mcast::Instant started_{};
    mcast::WallTime started_at_{};
    mcast::WallTime loaded_at_{};
    std::uint64_t reloads_ = 0;
    std::uint64_t reloads_refused_ = 0;
    std::string reload_error_;
    Signal ended_by_;
};

}  // namespace mcastd
