#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "mcast/interface.hpp"
#include "mcast/time.hpp"
#include "transports/sim/parcel.hpp"

namespace mcast::sim {

// A parcel on its way to one interface of one machine.
struct Arrival {
    Instant time{};
    std::uint64_t number = 0;  // of insertion: decides between arrivals at the same time
    ParcelHandle parcel;
    std::uint32_t machine = 0;
    InterfaceIndex interface;
};

// What is under way, by time and then by insertion: the order never depends on addresses in
// memory or on hashes, so a seed always gives the same run.
class ArrivalQueue {
public:
    void push(Instant time, ParcelHandle parcel, std::uint32_t machine, InterfaceIndex interface) {
        heap_.push_back({time, next_number_++, std::move(parcel), machine, interface});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }
    [[nodiscard]] std::optional<Instant> next_time() const {
        if (heap_.empty()) return std::nullopt;
        return heap_.front().time;
    }
    // Only if next_time() is not empty.
    Arrival pop() {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        Arrival arrival = std::move(heap_.back());
        heap_.pop_back();
        return arrival;
    }

private:
    static bool later(const Arrival& a, const Arrival& b) {
        return a.time != b.time ? a.time > b.time : a.number > b.number;
    }

    std::vector<Arrival> heap_;
    std::uint64_t next_number_ = 0;
};

}  // namespace mcast::sim
