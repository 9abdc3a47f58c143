#pragma once

#include <string>
#include <vector>

#include "tests/unit/transports/frame_bytes.hpp"
#include "transports/dpdk/frame_parser.hpp"
#include "transports/dpdk/neighbours.hpp"

namespace mcast::dpdk::test {

inline const Station kUs{MacAddress::parse("02:00:00:00:00:01").value()};
inline const Station kThem{MacAddress::parse("02:00:00:00:00:02").value()};
inline const Station kThird{MacAddress::parse("02:00:00:00:00:03").value()};

inline InterfaceAddress on_prefix(const std::string& own, std::uint8_t prefix_length) {
    InterfaceAddress result;
    result.address = address(own);
    result.prefix_length = prefix_length;
    return result;
}

inline Bytes question(const Station& from, const std::string& own, const std::string& asked_for,
                      MacAddress to = {}) {
    Bytes frame(kControlFrameMin);
    frame.resize(write_question(frame, from, {address(own), address(asked_for), to}));
    return frame;
}

inline Bytes answer(const Station& from, const std::string& own, const std::string& to = "",
                    const Station& to_station = kUs) {
    Bytes frame(kControlFrameMin);
    const Address destination = to.empty() ? Address() : address(to);
    frame.resize(write_answer(
        frame, from, {address(own), destination, to.empty() ? MacAddress() : to_station.mac}));
    return frame;
}

// What a frame says: "who has 10.77.0.9? (10.77.0.1, to all)", "10.77.0.1 is at … (to …)".
inline std::string neighbour_words(std::span<const std::byte> bytes) {
    const ParsedFrame frame = parse_frame(bytes, {});
    const NeighbourMessage message = read_neighbour_message(frame);
    if (!frame || message.fault != NeighbourFault::None) return "malformed";
    const std::string to =
        frame.destination_mac.is_group() ? "to all" : "to " + to_string(frame.destination_mac);
    if (message.kind == NeighbourMessage::Kind::Question && message.claimed == message.asked_for)
        return to_string(message.claimed) + " is here (" + to + ")";
    if (message.kind == NeighbourMessage::Kind::Question)
        return "who has " + to_string(message.asked_for) + "? (" + to_string(message.claimed) +
               ", " + to + ")";
    return to_string(message.claimed) + " is here (" + to + ")";
}

// A link of ours, 10.77.0.1/24 and fe80::1/64, at a time.
class Link {
public:
    explicit Link(std::size_t capacity = 8, bool announced = true) : neighbours(kUs, capacity) {
        addresses = {on_prefix("10.77.0.1", 24), on_prefix("fe80::1", 64),
                     on_prefix("2001:db8::1", 64)};
        neighbours.set_addresses(now, addresses);
        if (!announced) return;
        due();
        now += kNeighbourAnnounceInterval;
        due();
    }

    std::vector<std::string> due() {
        std::vector<std::string> all;
        Bytes frame(kControlFrameMin);
        while (const std::size_t size = neighbours.write_due(now, frame))
            all.push_back(neighbour_words(std::span(frame).first(size)));
        return all;
    }
    std::string hear(const Bytes& bytes) {
        neighbours.on_frame(now, parse_frame(bytes, {}));
        std::string all;
        for (const std::string& each : due())
            all += (all.empty() ? "" : ", ") + each;
        return all;
    }
    // "known 02:…", "asked", "unreachable".
    std::string lookup(const std::string& destination) {
        const Lookup found = neighbours.lookup(now, address(destination));
        if (found.outcome == Lookup::Outcome::Known) return "known " + to_string(found.mac);
        return found.outcome == Lookup::Outcome::Asked ? "asked" : "unreachable";
    }
    void learn(const std::string& from, const Station& station = kThem) {
        neighbours.learn(now, address(from), station.mac);
    }
    [[nodiscard]] std::uint64_t refused(NeighbourFault fault) const {
        return neighbours.counters().messages_refused[static_cast<std::size_t>(fault)];
    }

    Instant now{std::chrono::hours(1)};
    std::vector<InterfaceAddress> addresses;
    Neighbours neighbours;
};

}  // namespace mcast::dpdk::test
