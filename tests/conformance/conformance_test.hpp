#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/transport.hpp"
#include "tests/conformance/world.hpp"

namespace mcast::conformance {

// A datagram that arrived, as values.
struct Arrival {
    std::string text;
    InterfaceIndex interface;
    Endpoint source;
    Endpoint destination;
    Way way = Way::Multicast;
    WallTime received_at{};
};

// How long something that must come may take, by the world's clock.
inline constexpr Duration kPatience = std::chrono::seconds(5);

[[nodiscard]] Group group_of(Family family, std::uint8_t number, std::uint16_t port);

// Sends one datagram, with the patience that a busy device asks for.
void send(Station& from, const Endpoint& to, Way way, std::string_view text);
void send(Station& from, Datagram datagram);
[[nodiscard]] Datagram datagram_for(Station& from, const Endpoint& to, Way way,
                                    std::string_view text);

// What arrives until there are `count`, or until patience ends.
[[nodiscard]] std::vector<Arrival> collect(Station& at, std::size_t count);
// What has been sent from `from` before and arrives: a unicast datagram is sent after it, and
// whatever comes before that one (or is there when it has come) is it.
[[nodiscard]] std::vector<Arrival> collect_all(Station& from, Station& at);
// One call of receive(), as values.
[[nodiscard]] std::vector<Arrival> receive_now(Station& at, std::size_t batch_size = 64);

[[nodiscard]] std::vector<std::string> texts(const std::vector<Arrival>& arrivals);

// Where unicast arrives at a station.
[[nodiscard]] Endpoint endpoint_of(const Station& station, Family family);

class ConformanceTest : public testing::TestWithParam<WorldMaker> {
protected:
    void SetUp() override { world_ = GetParam().make(); }

    [[nodiscard]] World& world() { return *world_; }
    // A station with its interface attached.
    [[nodiscard]] Station open(Place place);
    // One that has joined, too.
    [[nodiscard]] Station open(Place place, const Group& group);
    [[nodiscard]] Group group(std::uint8_t number, Family family = Family::Ipv4) const {
        return group_of(family, number, world_->port());
    }

private:
    std::unique_ptr<World> world_;
};

inline std::string world_name(const testing::TestParamInfo<WorldMaker>& info) {
    return info.param.name;
}

}  // namespace mcast::conformance
