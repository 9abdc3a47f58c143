#include "tools/mcast/bench/conductor.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "tools/mcast/bench/sender_run.hpp"
#include "tools/mcast/bench/thread_time.hpp"
#include "tools/mcast/duration.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::bench {
namespace {

constexpr Duration kTurn = std::chrono::milliseconds(1);  // while the measured end wants its turns
constexpr Duration kAgain = std::chrono::milliseconds(50);
// For nodes to open, to be found and to be told of each other; a port under DPDK takes seconds.
constexpr Duration kMeetPatience = std::chrono::seconds(20);
constexpr Duration kFinishPatience = std::chrono::seconds(10);

const auto kNothing = [] {};

}  // namespace

Conductor::Conductor(cli::Session& session, NodeOptions node, std::string interface,
                     std::vector<int> cores)
    : session_(session),
      node_(std::move(node)),
      interface_(std::move(interface)),
      cores_(std::move(cores)),
      orders_(session.node().publisher<wire::Order>(kOrderTopic)),
      answers_(session.node().subscriber<wire::Answer>(kAnswerTopic)) {}

bool Conductor::remote() const {
    return std::any_of(ends_.begin(), ends_.end(),
                       [this](const End& end) { return end.machine != machine_; });
}

void Conductor::hear(const Sample<wire::Answer>& answer) {
    if (answer->getRun() != run_) return;
    if (answer->hasEnvironment()) {
        const auto known = std::any_of(heard_.begin(), heard_.end(),
                                       [&](const End& end) { return end.id == answer.peer(); });
        if (!known) {
            heard_.push_back(
                {answer.peer(), {}, answer->getMachine().cStr(), answer->getEnvironment().cStr()});
        }
        return;
    }
    for (std::size_t i = 0; i < taking_part_; ++i) {
        if (ends_[i].id != answer.peer()) continue;
        said_[i].stage = answer->getStage();
        said_[i].problem = answer->getProblem().cStr();
        if (answer->getStage() == wire::Answer::Stage::FINISHED) said_[i].result = read(*answer);
    }
}

void Conductor::attend(Duration patience) {
    if (patience > Duration::zero())
        session_.wait(session_.now() + patience);
    else
        session_.node().poll();
    session_.drain_events([](const Event&) {});
    answers_.drain([this](const Sample<wire::Answer>& answer) { hear(answer); });
}

void Conductor::publish(Stage stage, const Assignment& assignment, std::uint64_t sent) {
    auto loan = orders_.loan();
    if (!loan) return;
    auto root = loan->root();
    write(root, assignment);
    root.setRun(run_);
    root.setStage(stage);
    root.setSent(sent);
    auto all = root.initEnds(static_cast<unsigned>(taking_part_));
    auto cores = root.initCores(static_cast<unsigned>(cores_.size() > 1 ? taking_part_ : 0));
    for (unsigned i = 0; i < all.size(); ++i)
        all.set(i, ends_[i].id.value);
    // The first is the sender's; more ends than cores share the others.
    for (unsigned i = 0; i < cores.size(); ++i)
        cores.set(i, cores_[1 + i % (cores_.size() - 1)]);
    loan->publish();
    session_.node().poll();
}

Result<void> Conductor::order(Stage stage, const Assignment& assignment, std::uint64_t sent,
                              Duration patience, const std::function<void()>& work,
                              const std::function<bool()>& done) {
    const Instant give_up = session_.now() + patience;
    for (Instant again = session_.now(); !done();) {
        if (session_.over()) return Error{ErrorCode::TryAgain, 0, "interrupted"};
        const Instant time = session_.now();
        if (time >= give_up) return problem();
        if (time >= again) {
            publish(stage, assignment, sent);
            again = time + kAgain;
        }
        work();
        attend(kTurn);
        if (Error failed = problem(); failed.code != ErrorCode::TryAgain) return failed;
    }
    return {};
}

Error Conductor::problem() const {
    std::vector<std::string> silent;
    for (std::size_t i = 0; i < taking_part_; ++i) {
        if (said_[i].stage == wire::Answer::Stage::FAILED)
            return Error{ErrorCode::System, 0,
                         ends_[i].name + ": " + cli::printable(said_[i].problem)};
        silent.push_back(ends_[i].name);
    }
    return Error{ErrorCode::TryAgain, 0,
                 "no answer from " + cli::join(silent, ", ") +
                     "; is it still running, and does multicast get through?"};
}

bool Conductor::all_are(std::size_t count, wire::Answer::Stage stage) const {
    return std::all_of(said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(count),
                       [stage](const Said& said) { return said.stage == stage; });
}

Result<void> Conductor::find_ends(std::size_t count, const std::string& glob, Duration patience) {
    const auto matching = [&] {
        std::vector<End> found;
        for (const PeerInfo& peer : session_.node().peers()) {
            for (const End& end : heard_) {
                if (end.id != peer.id || ::fnmatch(glob.c_str(), peer.name.c_str(), 0) != 0)
                    continue;
                found.push_back(end);
                found.back().name = cli::printable(peer.name);
            }
        }
        return found;
    };
    auto found = order(Stage::DESCRIBE, {}, 0, patience, kNothing,
                       [&] { return matching().size() >= count; });
    ends_ = matching();
    // The same every time, however fast each of them answered.
    std::sort(ends_.begin(), ends_.end(),
              [](const End& one, const End& other) { return one.name < other.name; });
    if (found || session_.interrupted()) return found;
    return Error{ErrorCode::TryAgain, 0,
                 "found " + std::to_string(ends_.size()) + " of " + cli::counted(count, "end") +
                     " within " + cli::format_duration(patience) + ": " +
                     session_.why_nobody(kOrderTopic, "subscribes to") +
                     "; start `mcast bench serve` on the other machine"};
}

Result<Round> Conductor::run(const Case& what, const Timing& timing) {
    ++run_;
    if (!cores_.empty()) {
        if (auto pinned = pin_to(cores_.front()); !pinned) return pinned.error();
    }
    Meeting meeting;
    meeting.what = what;
    meeting.node = node_;
    meeting.node.domain = node_.domain + "/" + std::to_string(run_);
    meeting.interface = interface_;
    if (what.subscribers > ends_.size())
        return Error{ErrorCode::InvalidArgument, 0,
                     std::to_string(what.subscribers) + " subscribers are wanted, and there are " +
                         std::to_string(ends_.size())};
    auto sender = open_sender(meeting);
    if (!sender) return sender.error();
    Assignment assignment;
    assignment.what = what;
    assignment.answer_every = answer_every(what);
    assignment.warm_up = timing.warm_up;
    assignment.domain = meeting.node.domain;
    assignment.wall_clock = remote();
    taking_part_ = what.subscribers;
    said_.assign(taking_part_, {});

    bool there = false;
    auto ready = order(
        Stage::PREPARE, assignment, 0, kMeetPatience, [&] { there = (*sender)->ready(); },
        [&] { return there && all_are(taking_part_, wire::Answer::Stage::READY); });
    if (!ready) return ready.error().within("prepare " + what.path_name());
    sharpen_timers();
    Round round;
    round.sender = run_sender(**sender, what, timing,
                              assignment.wall_clock ? wall_offset() : Duration::zero(), [&] {
                                  attend(Duration::zero());
                                  return session_.over();
                              });
    auto finished = order(
        Stage::FINISH, assignment, round.sender.sent, kFinishPatience, [&] { (*sender)->push(); },
        [&] { return all_are(taking_part_, wire::Answer::Stage::FINISHED); });
    if (!finished) return finished.error().within("finish " + what.path_name());
    round.sender.counters = (*sender)->counters();
    for (Said& said : said_)
        round.ends.push_back(std::move(said.result));
    return round;
}

}  // namespace mcast::bench
