#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "mcast/host.hpp"
#include "mcast/interface.hpp"

namespace mcast::conformance {

// What the suite asks a world to give its transports: few buffers, so that they run out.
inline constexpr std::size_t kTransmitBuffers = 64;
inline constexpr std::size_t kReceiveBuffers = 96;
inline constexpr std::size_t kDatagramMax = 1472;

// Which of two connected hosts. A world of one host only, such as a loopback, takes them for one.
enum class Place : std::uint8_t { Here, There };

// A transport on a host, and the interface it shall use there; not attached yet.
struct Station {
    Host host;
    Interface interface;

    [[nodiscard]] Transport& transport() const { return *host.transport; }
    [[nodiscard]] const Clock& clock() const { return *host.clock; }
    [[nodiscard]] InterfaceIndex index() const { return interface.index; }
};

// Two hosts with a network between their interfaces; several stations on one host are allowed.
// Outlives its stations. What a transport's author writes to run the suite over it.
class World {
public:
    World() = default;
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    virtual ~World() = default;

    [[nodiscard]] virtual Station station(Place place) = 0;
    // Where multicast and broadcast are received.
    [[nodiscard]] virtual std::uint16_t port() const = 0;
    // In which families multicast passes, and unicast.
    [[nodiscard]] virtual std::vector<Family> multicast_families() const = 0;
    [[nodiscard]] virtual std::vector<Family> unicast_families() const = 0;
};

struct WorldMaker {
    std::string name;  // letters and digits
    std::function<std::unique_ptr<World>()> make;
};

// The worlds that the suite runs over: each program that links the suite defines them.
[[nodiscard]] std::vector<WorldMaker> worlds();

inline std::ostream& operator<<(std::ostream& out, const WorldMaker& maker) {
    return out << maker.name;
}

}  // namespace mcast::conformance
