#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "mcast/publisher.hpp"
#include "mcast/subscriber.hpp"
#include "tools/mcast/bench/exchange.hpp"
#include "tools/mcast/session.hpp"

namespace mcast::bench {

// The end that sends and measures: finds the receiving ends, orders them about, runs a case.
class Conductor {
public:
    struct End {
        PeerId id;
        std::string name;
        std::string machine;
        std::string environment;  // JSON
    };

    // `node`: of what is measured. `cores`: of the sending end, then of the others; none: unpinned.
    Conductor(cli::Session& session, NodeOptions node, std::string interface,
              std::vector<int> cores);

    // Waits for `count` ends whose names match the glob.
    Result<void> find_ends(std::size_t count, const std::string& glob, Duration patience);
    [[nodiscard]] const std::vector<End>& ends() const { return ends_; }
    // Whether any of them is on another machine, with another clock.
    [[nodiscard]] bool remote() const;

    // One run of the case with the first of the ends.
    [[nodiscard]] Result<Round> run(const Case& what, const Timing& timing);

private:
    using Stage = wire::Order::Stage;
    struct Said {
        wire::Answer::Stage stage = wire::Answer::Stage::PREPARING;
        std::string problem;
        EndResult result;
    };

    // Gives the order again and again, while `work()` keeps the measured end going, until `done()`.
    Result<void> order(Stage stage, const Assignment& assignment, std::uint64_t sent,
                       Duration patience, const std::function<void()>& work,
                       const std::function<bool()>& done);
    void publish(Stage stage, const Assignment& assignment, std::uint64_t sent);
    // Takes answers in; waits for them up to `patience`.
    void attend(Duration patience);
    void hear(const Sample<wire::Answer>& answer);
    [[nodiscard]] bool all_are(std::size_t count, wire::Answer::Stage stage) const;
    // What an end that takes part said went wrong; TryAgain: none said anything.
    [[nodiscard]] Error problem() const;

    cli::Session& session_;
    NodeOptions node_;
    std::string interface_;
    std::vector<int> cores_;
    Publisher<wire::Order> orders_;
    Subscriber<wire::Answer> answers_;
    std::vector<End> ends_;
    std::vector<End> heard_;  // whoever described itself
    std::vector<Said> said_;  // of this run, by the index of the end
    std::uint64_t run_ = 0;
    std::size_t taking_part_ = 0;
    std::string machine_ = machine_id();
};

}  // namespace mcast::bench
