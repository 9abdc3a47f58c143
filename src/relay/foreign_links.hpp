#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/flat_map.hpp"
#include "base/hash.hpp"
#include "contract/plain_sockets.hpp"
#include "mcast/interface.hpp"
#include "relay/deference.hpp"
#include "relay/foreign_route.hpp"
#include "relay/storm_breaker.hpp"

namespace mcast::relay {

inline constexpr std::size_t kForeignListenersMax = 512;  // routes times interfaces
inline constexpr std::size_t kForeignExitsMax = 4096;     // and times interfaces again

// Where a listener's datagrams go out.
struct ForeignExit {
    std::size_t route = 0;        // index
    std::size_t counted_for = 0;  // likewise, also when another took this one over
    InterfaceIndex to;
    const Interface* out = nullptr;
    PlainSocketId socket;    // by which it is sent; none: not now
    bool symmetric = false;  // the socket hears the group itself
    Address directed;        // the interface's own broadcast address, or none
    std::uint64_t key = 0;   // what this way is called between relays; see Election
    StormBreaker breaker{0, {}};
    StormBreaker reply_breaker{0, {}};
    Deference deference;
    ForeignCounters counters;
};

// One group (or broadcast) heard on one interface.
struct ForeignListener {
    Endpoint destination;
    InterfaceIndex interface;
    const Interface* in = nullptr;
    PlainSocketId socket;
    std::vector<InterfaceAddress> addresses;  // with which it was opened
    std::string fault;                        // why there is no socket
    bool hopeless = false;                    // asking again does not help
    std::vector<ForeignExit> exits;
};

// What there is to hear and where it goes: routes times interfaces, and a socket for each. What is
// unchanged keeps its sockets, counters and breakers, whatever changes around it.
class ForeignLinks {
public:
    using Say = std::function<void(const std::string&)>;

    // The seed is that of deferences, which shall not be those of another relay.
    ForeignLinks(PlainSockets& sockets, std::uint64_t seed, Say say);

    void set_routes(std::vector<ForeignRoute> routes);
    void set_interfaces(std::span<const Interface> interfaces);
    // Tries again what could not be opened.
    void retry();
    [[nodiscard]] bool wants_retry() const;

    [[nodiscard]] const ForeignRoute& route(std::size_t index) const { return routes_[index]; }
    [[nodiscard]] std::size_t route_count() const { return routes_.size(); }
    [[nodiscard]] std::span<ForeignListener> listeners() { return listeners_; }
    [[nodiscard]] std::span<const ForeignListener> listeners() const { return listeners_; }
    // Null: the socket is not one that listens, or is gone.
    [[nodiscard]] ForeignListener* find(PlainSocketId socket);
    [[nodiscard]] ForeignListener* find(const Endpoint& destination, InterfaceIndex interface);
    // Of a route: what directions counted that are gone.
    [[nodiscard]] const ForeignCounters& retired(std::size_t route) const {
        return retired_[route];
    }
    // Of routes that are no more.
    [[nodiscard]] const ForeignCounters& gone() const { return gone_; }

private:
    struct Speaker {
        InterfaceIndex interface;
        Family family = Family::None;
        PlainSocketId socket;
        bool used = false;
    };
    struct IdHash {
        std::uint64_t operator()(PlainSocketId id) const { return split_mix(id.value); }
    };

    void rebuild();
    void retire(const ForeignListener& listener);
    void complain_of_limits(std::size_t listeners);
    void plan(std::vector<ForeignListener>& wanted, std::size_t route,
              const InterfaceSelection& from, const InterfaceSelection& to);
    void take_over(std::vector<ForeignListener>& wanted);
    void take_over(ForeignExit& exit, ForeignListener& before);
    void open();
    void open(ForeignListener& listener);
    void connect();
    PlainSocketId speaker(const Interface& interface, Family family);

    PlainSockets& sockets_;
    Random random_;
    Say say_;
    std::vector<ForeignRoute> routes_;
    std::vector<ForeignCounters> retired_;
    ForeignCounters gone_;
    std::vector<Interface> interfaces_;
    std::vector<ForeignListener> listeners_;
    std::vector<Speaker> speakers_;
    std::string speaker_fault_;   // said already
    std::size_t exit_count_ = 0;  // that are wanted
    FlatMap<PlainSocketId, std::uint32_t, IdHash> by_socket_;
};

}  // namespace mcast::relay
