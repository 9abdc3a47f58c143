#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/result.hpp"
#include "relay/relay.hpp"
#include "tools/mcastd/config.hpp"
#include "tools/mcastd/continuity.hpp"
#include "tools/mcastd/event_loop.hpp"
#include "tools/mcastd/log.hpp"
#include "tools/mcastd/snapshot.hpp"

namespace mcastd {

// What the daemon relays of libmcast's own, on the daemon's loop: a relay for each domain, and one
// in a domain of their own in which the daemons of a LAN find each other.
class Relaying {
public:
    // The domain in which relays agree on what is not of any domain: foreign groups.
    static constexpr std::string_view kOwnDomain = "mcastd";

    Relaying(EventLoop& loop, Log& log, ServiceManager& manager)
        : loop_(loop), log_(log), manager_(manager) {}
    Relaying(const Relaying&) = delete;
    Relaying& operator=(const Relaying&) = delete;
    // Says bye; sockets stay with the service manager.
    ~Relaying();

    // Does what `config` says from now on. What is the same goes on undisturbed: rules, default,
    // domains, interfaces and hop limit change in place, and no datagram is lost; another name,
    // port or flow limit, or other static peers, open the relays anew. An error leaves all as it
    // was.
    mcast::Result<void> apply(const Config& config);

    // Runs the relays and logs what happens to them; when they want it again at the latest.
    mcast::Instant poll();
    void add_to(Snapshot& snapshot, Detail detail) const;
    // Memory is short: gives up what can be done without; see relay::Forwarder::shed().
    void shed();

    [[nodiscard]] mcast::relay::RuleSet& rules() { return *rules_; }
    // Which relay carries foreign groups. After apply().
    [[nodiscard]] const mcast::relay::Election& election() const;
    // What is carried beside domains, for other relays to know; see relay::Election.
    void set_foreign_keys(std::vector<mcast::relay::LinkKey> keys);

private:
    struct Domain {
        std::string name;
        std::unique_ptr<Continuity> continuity;  // null: nobody keeps anything
        std::unique_ptr<mcast::relay::Relay> relay;
        // Something has arrived; on the heap, for the loop's handler.
        std::unique_ptr<bool> ready = std::make_unique<bool>(true);
        mcast::Instant next{};  // when it wants to run, whatever arrives
        // How many topics its peers have, counted when something about them changes.
        mutable std::uint64_t topics_epoch = ~std::uint64_t{0};
        mutable std::uint64_t topics = 0;
    };
    [[nodiscard]] mcast::NodeOptions node_options(const Config& config,
                                                  const std::string& name) const;
    [[nodiscard]] mcast::Result<Domain> open(const Config& config, const std::string& name) const;
    [[nodiscard]] Domain* find(std::string_view name);
    void close(Domain& domain);
    void tell(const mcast::Event& event, std::string_view domain);
    // Counters of a domain that ends stay in the sums.
    void retire(const Domain& domain);
    static void add_peers(const Domain& domain, Snapshot& snapshot, Detail detail);
    static void add_counters(const Domain& domain, Snapshot& snapshot);
    static void add_routes(const Domain& domain, Snapshot& snapshot);
    static void add_traffic(const Domain& domain, Snapshot& snapshot);

    EventLoop& loop_;
    Log& log_;
    ServiceManager& manager_;
    Config config_;
    std::unique_ptr<mcast::relay::RuleSet> rules_ = std::make_unique<mcast::relay::RuleSet>();
    std::vector<Domain> domains_;  // the first is kOwnDomain
    std::vector<mcast::relay::LinkKey> foreign_keys_;
    Snapshot retired_;  // of domains that are no more: counters only
};

// The configured name, or the machine's.
[[nodiscard]] std::string relay_name(const Config& config);

}  // namespace mcastd
