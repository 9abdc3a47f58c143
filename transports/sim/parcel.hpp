#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/transport.hpp"

namespace mcast::sim {

// A datagram that has left its sender: one copy of its bytes for all who will receive it.
struct Parcel {
    std::vector<std::byte> bytes;
    Endpoint source;
    Endpoint destination;
    Way way = Way::Multicast;
    std::uint32_t network = 0;  // the one it travels on
    std::uint32_t references = 0;
    std::vector<Parcel*>* home = nullptr;  // where it returns to when nobody needs it
};

// A counted handle onto a Parcel. Plain counting: a Lan is used on one thread.
class ParcelHandle {
public:
    ParcelHandle() = default;
    explicit ParcelHandle(Parcel& parcel) : parcel_(&parcel) { ++parcel.references; }
    ParcelHandle(const ParcelHandle& other) : parcel_(other.parcel_) {
        if (parcel_ != nullptr) ++parcel_->references;
    }
    ParcelHandle(ParcelHandle&& other) noexcept : parcel_(std::exchange(other.parcel_, nullptr)) {}
    ParcelHandle& operator=(ParcelHandle other) noexcept {
        std::swap(parcel_, other.parcel_);
        return *this;
    }
    ~ParcelHandle() {
        if (parcel_ != nullptr && --parcel_->references == 0) parcel_->home->push_back(parcel_);
    }

    Parcel* operator->() const { return parcel_; }
    Parcel& operator*() const { return *parcel_; }

private:
    Parcel* parcel_ = nullptr;
};

// Makes parcels and uses them again, so that a run in steady state allocates nothing.
class ParcelStore {
public:
    ParcelStore() = default;
    ParcelStore(const ParcelStore&) = delete;
    ParcelStore& operator=(const ParcelStore&) = delete;

    ParcelHandle take() {
        if (free_.empty()) {
            all_.push_back(std::make_unique<Parcel>());
            all_.back()->home = &free_;
            free_.reserve(all_.capacity());  // coming home must never allocate
            return ParcelHandle(*all_.back());
        }
        Parcel* parcel = free_.back();
        free_.pop_back();
        return ParcelHandle(*parcel);
    }

private:
    std::vector<std::unique_ptr<Parcel>> all_;
    std::vector<Parcel*> free_;
};

}  // namespace mcast::sim
