#include "tests/conformance/conformance_test.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace mcast::conformance {

namespace {

constexpr std::string_view kFence = "the fence";

Arrival to_arrival(const Datagram& datagram) {
    const auto bytes = datagram.buffer.bytes();
    return {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            datagram.interface,
            datagram.source,
            datagram.destination,
            datagram.way,
            datagram.received_at};
}

}  // namespace

Group group_of(Family family, std::uint8_t number, std::uint16_t port) {
    if (family == Family::Ipv4) return {Address::ipv4(239, 255, 77, number), port};
    // Link scope, transient.
    return {Address::ipv6({0xff, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 77, number}), port};
}

Datagram datagram_for(Station& from, const Endpoint& to, Way way, std::string_view text) {
    Datagram datagram;
    datagram.buffer = from.transport().allocate();
    EXPECT_TRUE(datagram.buffer) << "no transmit buffer";
    if (!datagram.buffer) return datagram;
    datagram.buffer.resize(static_cast<std::uint32_t>(text.size()));
    if (!text.empty()) std::memcpy(datagram.buffer.data(), text.data(), text.size());
    datagram.interface = from.index();
    datagram.destination = to;
    datagram.way = way;
    return datagram;
}

void send(Station& from, Datagram datagram) {
    std::array<Datagram, 1> batch{std::move(datagram)};
    const Instant deadline = from.clock().now() + kPatience;
    while (from.transport().send(batch) == 0) {
        ASSERT_LT(from.clock().now(), deadline) << "the device stays busy";
        from.transport().wait(deadline);
    }
}

void send(Station& from, const Endpoint& to, Way way, std::string_view text) {
    send(from, datagram_for(from, to, way, text));
}

std::vector<Arrival> receive_now(Station& at, std::size_t batch_size) {
    std::vector<Datagram> batch(batch_size);
    const std::size_t count = at.transport().receive(batch);
    std::vector<Arrival> arrivals;
    for (std::size_t i = 0; i < count; ++i)
        arrivals.push_back(to_arrival(batch[i]));
    return arrivals;
}

std::vector<Arrival> collect(Station& at, std::size_t count) {
    std::vector<Arrival> arrivals;
    const Instant deadline = at.clock().now() + kPatience;
    while (arrivals.size() < count && at.clock().now() < deadline) {
        std::vector<Arrival> more = receive_now(at);
        if (more.empty()) at.transport().wait(deadline);
        std::move(more.begin(), more.end(), std::back_inserter(arrivals));
    }
    return arrivals;
}

std::vector<Arrival> collect_all(Station& from, Station& at) {
    send(from, endpoint_of(at, Family::Ipv4), Way::Unicast, kFence);
    std::vector<Arrival> arrivals;
    bool fenced = false;
    const Instant deadline = at.clock().now() + kPatience;
    while (at.clock().now() < deadline) {
        const std::vector<Arrival> more = receive_now(at);
        if (more.empty() && fenced) return arrivals;
        if (more.empty()) at.transport().wait(deadline);
        for (const Arrival& arrival : more) {
            if (arrival.text == kFence)
                fenced = true;
            else
                arrivals.push_back(arrival);
        }
    }
    ADD_FAILURE() << "unicast did not arrive within patience";
    return arrivals;
}

std::vector<std::string> texts(const std::vector<Arrival>& arrivals) {
    std::vector<std::string> result;
    for (const Arrival& arrival : arrivals)
        result.push_back(arrival.text);
    return result;
}

Endpoint endpoint_of(const Station& station, Family family) {
    const std::optional<Endpoint> endpoint =
        station.transport().unicast_endpoint(station.index(), family);
    EXPECT_TRUE(endpoint.has_value()) << "no unicast endpoint on " << station.interface.name;
    return endpoint.value_or(Endpoint{});
}

Station ConformanceTest::open(Place place) {
    Station station = world_->station(place);
    const Result<void> attached = station.transport().attach(station.interface);
    EXPECT_TRUE(attached) << attached.error().what;
    return station;
}

Station ConformanceTest::open(Place place, const Group& group) {
    Station station = open(place);
    const Result<void> joined = station.transport().join(group, station.index());
    EXPECT_TRUE(joined) << joined.error().what;
    return station;
}

}  // namespace mcast::conformance
