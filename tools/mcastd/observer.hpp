#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mcast/node.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"
#include "tools/mcastd/config.hpp"
#include "tools/mcastd/event_loop.hpp"
#include "tools/mcastd/log.hpp"
#include "tools/mcastd/snapshot.hpp"

namespace mcastd {

// A node in each domain of the configuration, on the daemon's loop. They take part, so they see
// peers, topics and interfaces.
class Observer {
public:
    // Opens the nodes and watches their descriptors; poll() is the caller's to call.
    static mcast::Result<std::unique_ptr<Observer>> open(const Config& config, EventLoop& loop,
                                                         Log& log);
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    // Says bye.
    ~Observer();

    // Runs the nodes and logs what happens to them; when it wants to be called again at the latest.
    mcast::Instant poll();
    void add_to(Snapshot& snapshot) const;

private:
    Observer(EventLoop& loop, Log& log) : loop_(loop), log_(log) {}
    void tell(const mcast::Event& event, std::string_view domain);

    EventLoop& loop_;
    Log& log_;
    std::vector<mcast::Node> nodes_;
};

// Whether the nodes of one configuration would do for the other.
[[nodiscard]] bool same_nodes(const Config& a, const Config& b);
// The configured name, or the machine's.
[[nodiscard]] std::string relay_name(const Config& config);

}  // namespace mcastd
