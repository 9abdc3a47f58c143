#pragma once

#include <utility>

namespace mcast::socket {

// Whether a socket sends runs of datagrams as one (UDP_SEGMENT). What the kernel refuses as a run
// and then takes datagram by datagram, so many times in a row, is not tried again.
class Segmentation {
public:
    static constexpr unsigned kRefusalsMax = 3;

    explicit Segmentation(bool wanted) : in_use_(wanted) {}

    [[nodiscard]] bool in_use() const { return in_use_; }
    // Whether the kernel has ever taken a run.
    [[nodiscard]] bool proven() const { return proven_; }
    // The errno for which it was given up, told once; else 0.
    [[nodiscard]] int take_news() { return std::exchange(given_up_for_, 0); }

    void on_taken() {
        refusals_ = 0;
        proven_ = true;
    }
    void on_refused(int error) {
        if (++refusals_ < kRefusalsMax) return;
        in_use_ = false;
        given_up_for_ = error;
    }

private:
    bool in_use_;
    bool proven_ = false;
    unsigned refusals_ = 0;
    int given_up_for_ = 0;
};

}  // namespace mcast::socket
