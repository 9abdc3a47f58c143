#include "tools/mcast/bench/round.hpp"

#include <algorithm>

#include "tools/mcast/duration.hpp"

namespace mcast::bench {
namespace {

double nanoseconds_each(Duration time, std::uint64_t count) {
    return count == 0 ? 0 : static_cast<double>(time.count()) / static_cast<double>(count);
}

}  // namespace

std::uint64_t Round::lost() const {
    std::uint64_t all = 0;
    for (const EndResult& end : ends)
        all += sender.sent - std::min(sender.sent, end.received);
    return all;
}

double Round::lost_share() const {
    const std::uint64_t all = sender.sent * ends.size();
    return all == 0 ? 0 : static_cast<double>(lost()) / static_cast<double>(all);
}

double Round::rate() const {
    double slowest = 0;
    for (const EndResult& end : ends) {
        const double rate = end.window_seconds > 0
                                ? static_cast<double>(end.window_messages) / end.window_seconds
                                : 0;
        slowest = &end == &ends.front() ? rate : std::min(slowest, rate);
    }
    return slowest;
}

double Round::sender_cost() const {
    return nanoseconds_each(sender.thread.user + sender.thread.system, sender.sent);
}

double Round::sender_user_cost() const {
    return nanoseconds_each(sender.thread.user, sender.sent);
}

double Round::sender_share() const {
    const ThreadTime& time = sender.thread;
    return time.wall.count() == 0 ? 0
                                  : static_cast<double>((time.user + time.system).count()) /
                                        static_cast<double>(time.wall.count());
}

double Round::receiver_cost() const {
    double highest = 0;
    for (const EndResult& end : ends)
        highest =
            std::max(highest, nanoseconds_each(end.thread.user + end.thread.system, end.received));
    return highest;
}

std::string Round::trouble(double drop) const {
    for (const EndResult& end : ends) {
        if (end.corrupt > 0) return std::to_string(end.corrupt) + " messages arrived damaged";
    }
    if (drop == 0 && lost_share() > kLostMax) {
        return "lost " + cli::format_percent(100 * lost_share());
    }
    double waited = sender.thread.waited_share();
    // Several ends share what cores are left; it is their publisher that is looked at then.
    if (ends.size() == 1) waited = std::max(waited, ends.front().thread.waited_share());
    if (waited > ThreadTime::kWaitedMax) {
        return "a thread waited " + cli::format_percent(100 * waited) + " of the time for its CPU";
    }
    if (sender.stalls > 0)
        return "no answer for 100 ms, " + std::to_string(sender.stalls) + " times";
    return {};
}

}  // namespace mcast::bench
