#include "tests/sim/announce_channel.hpp"

#include <bit>
#include <cmath>

namespace worlds {

using mcast::protocol::Announcer;

AnnounceChannel::AnnounceChannel(std::uint64_t seed, const Setup& setup)
    : setup_(setup),
      random_(seed),
      lost_(std::pow(setup.loss, static_cast<double>(setup.way_count))),
      announcers_(setup.announcer_count, Announcer(std::chrono::seconds(1))),
      started_(setup.announcer_count),
      heard_(setup.announcer_count),
      known_to_(setup.announcer_count,
                std::vector<std::uint64_t>((setup.announcer_count + 63) / 64)) {}

void AnnounceChannel::start(std::size_t announcer, Instant at) {
    Announcer& started = announcers_[announcer];
    started.on_population(0, setup_.announcement_size * setup_.way_count);
    started.start(at);
    due_.push({at, announcer});
}

void AnnounceChannel::run_until(Instant end) {
    while (!due_.empty() && due_.top().at <= end) {
        const Due due = due_.top();
        due_.pop();
        // What was put off or pulled forward is in the queue a second time.
        if (announcers_[due.announcer].deadline() != due.at) continue;
        now_ = due.at;
        announce(due.announcer);
    }
    now_ = end;
}

void AnnounceChannel::announce(std::size_t sender) {
    if (!started_[sender]) {
        started_[sender] = true;
        // It knows nobody, and nobody knows it; those who spoke before it came are unknown to it.
        unknown_pairs_ += 2 * started_count_++;
    }
    const auto announcement = announcers_[sender].on_deadline(now_, random_);
    due_.push({announcers_[sender].deadline(), sender});
    const auto second = static_cast<std::size_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count());
    if (bytes_.size() <= second) bytes_.resize(second + 1);
    bytes_[second] += setup_.announcement_size * setup_.way_count;

    for (std::size_t word = 0; word < known_to_[sender].size(); ++word) {
        // Who knows the sender already does nothing, unless it is asked to.
        std::uint64_t receivers = announcement.wants_reply ? ~0ull : ~known_to_[sender][word];
        for (; receivers != 0; receivers &= receivers - 1) {
            const std::size_t receiver =
                word * 64 + static_cast<std::size_t>(std::countr_zero(receivers));
            if (receiver >= announcers_.size()) break;
            if (receiver == sender || !started_[receiver]) continue;
            if (!random_.chance(lost_)) hear(receiver, sender, announcement.wants_reply);
        }
    }
}

// As Discovery::on_announce does.
void AnnounceChannel::hear(std::size_t receiver, std::size_t sender, bool wants_reply) {
    Announcer& announcer = announcers_[receiver];
    const Instant before = announcer.deadline();
    std::uint64_t& known = known_to_[sender][receiver / 64];
    const std::uint64_t bit = 1ull << (receiver % 64);
    const bool is_new = (known & bit) == 0;
    if (is_new) {
        known |= bit;
        --unknown_pairs_;
        announcer.on_population(++heard_[receiver], setup_.announcement_size * setup_.way_count);
    }
    if (is_new || wants_reply) announcer.on_newcomer(now_, random_);
    if (announcer.deadline() != before) due_.push({announcer.deadline(), receiver});
}

}  // namespace worlds
