#pragma once

#include <memory>
#include <vector>

#include "contract/plain_sockets.hpp"
#include "mcast/interface.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"
#include "relay/foreign_relay.hpp"
#include "tools/mcastd/config.hpp"
#include "tools/mcastd/descriptor_store.hpp"
#include "tools/mcastd/event_loop.hpp"
#include "tools/mcastd/log.hpp"
#include "tools/mcastd/relaying.hpp"
#include "tools/mcastd/snapshot.hpp"

namespace mcastd {

// What the daemon relays of others, plain UDP, on the daemon's loop. It goes by the rules of
// Relaying and agrees with other relays through it.
class ForeignGroups {
public:
    // `relaying` lives longer, and has been given a configuration.
    static mcast::Result<std::unique_ptr<ForeignGroups>> open(EventLoop& loop, Log& log,
                                                              Relaying& relaying,
                                                              ServiceManager& manager);
    ForeignGroups(const ForeignGroups&) = delete;
    ForeignGroups& operator=(const ForeignGroups&) = delete;
    ~ForeignGroups();

    // Does what `config` says from now on, which Relaying has taken; what is the same goes on
    // undisturbed.
    void apply(const Config& config);

    // When it wants to be called again at the latest.
    mcast::Instant poll();
    void add_to(Snapshot& snapshot) const;

private:
    ForeignGroups(EventLoop& loop, Log& log, Relaying& relaying, ServiceManager& manager)
        : loop_(loop), log_(log), relaying_(relaying), store_(manager, "foreign groups") {
        keeps_ = manager.is_there();
    }
    mcast::Result<void> start();
    void take_interfaces();

    EventLoop& loop_;
    Log& log_;
    Relaying& relaying_;
    DescriptorStore store_;  // sockets stay with the service manager when this ends
    bool keeps_ = false;
    std::unique_ptr<mcast::InterfaceMonitor> monitor_;
    std::unique_ptr<mcast::PlainSockets> sockets_;
    std::unique_ptr<mcast::relay::ForeignRelay> relay_;
    mcast::InterfaceSelection interfaces_;
    bool told_source_ = false;  // why sources are not kept
    bool arrived_ = true;
    bool interfaces_changed_ = true;
};

}  // namespace mcastd
