#include "tools/mcast/bench/servant.hpp"

#include "tools/mcast/bench/environment.hpp"
#include "tools/mcast/bench/sender_run.hpp"
#include "tools/mcast/bench/thread_time.hpp"

namespace mcast::bench {
namespace {

// After the last message was sent, for those that are still under way.
constexpr Duration kQuiet = std::chrono::milliseconds(100);
// A spinning end looks at the clock only so often: it takes as long as a look for messages.
constexpr unsigned kTurnsPerLook = 64;

}  // namespace

Servant::Servant(cli::Session& session, NodeOptions node, std::string interface)
    : session_(session),
      node_(std::move(node)),
      interface_(std::move(interface)),
      orders_(session.node().subscriber<wire::Order>(kOrderTopic)),
      answers_(session.node().publisher<wire::Answer>(kAnswerTopic)) {}

bool Servant::attend(Duration patience) {
    if (patience > Duration::zero())
        session_.wait(session_.now() + patience);
    else
        session_.node().poll();
    session_.drain_events([](const Event&) {});
    bool any = false;
    orders_.drain([&](const Sample<wire::Order>& order) {
        if (order->getRun() < latest_.run) return;
        Pending pending;
        pending.run = order->getRun();
        pending.stage = order->getStage();
        pending.sent = order->getSent();
        std::size_t index = 0;
        for (const std::uint64_t end : order->getEnds()) {
            if (end == session_.node().id().value) {
                pending.ours = true;
                pending.index = index;
            }
            ++index;
        }
        pending.assignment = read(*order);
        const auto cores = order->getCores();
        if (pending.ours && pending.index < cores.size())
            pending.assignment.core = cores[static_cast<unsigned>(pending.index)];
        latest_ = std::move(pending);
        any = true;
    });
    return any;
}

void Servant::serve(const std::atomic<bool>* stopped) {
    stopped_ = stopped;
    for (bool fresh = false; !over();) {
        if (!fresh && !attend(cli::kLookAround)) continue;
        fresh = false;
        if (latest_.stage == wire::Order::Stage::DESCRIBE) {
            answer(wire::Answer::Stage::READY, {}, nullptr);
        } else if (latest_.ours && latest_.stage == wire::Order::Stage::PREPARE) {
            carry_out();
            fresh = true;  // it ends with the next order
        }
    }
}

void Servant::carry_out() {
    const std::uint64_t run = latest_.run;
    const Assignment& assignment = latest_.assignment;
    Meeting meeting;
    meeting.what = assignment.what;
    meeting.index = latest_.index;
    meeting.node = node_;
    meeting.node.domain = assignment.domain;
    meeting.interface = interface_;
    if (assignment.core >= 0) {
        // Not being pinned shows in the result; it is no reason not to run.
        static_cast<void>(pin_to(assignment.core));
    }
    std::string problem;
    EndResult result;
    {
        auto receiver = open_receiver(meeting);
        if (!receiver)
            problem = receiver.error().what;
        else if (meet(**receiver))
            result = measure(**receiver);
    }
    const auto stage =
        problem.empty() ? wire::Answer::Stage::FINISHED : wire::Answer::Stage::FAILED;
    // Said again whenever it is asked for again, until there is something else to do.
    while (!over() && latest_.run == run) {
        answer(stage, problem, &result);
        while (!attend(cli::kLookAround) && !over()) {
        }
    }
}

bool Servant::meet(Receiver& receiver) {
    const std::uint64_t run = latest_.run;
    while (!over() && latest_.run == run) {
        const bool ready = receiver.ready();
        if (ready) {
            answer(wire::Answer::Stage::READY, {}, nullptr);
            session_.node().poll();
            return true;
        }
        if (attend(Duration::zero())) answer(wire::Answer::Stage::PREPARING, {}, nullptr);
        if (latest_.stage == wire::Order::Stage::FINISH) return false;
    }
    return false;
}

EndResult Servant::measure(Receiver& receiver) {
    const Assignment assignment = latest_.assignment;
    const Case& what = assignment.what;
    sharpen_timers();
    Tally tally(assignment.warm_up, what.mode == Mode::Latency,
                assignment.wall_clock ? wall_offset() : Duration::zero());
    const ThreadTime before = thread_time();
    receive_all(receiver, tally, what.spin, assignment.answer_every);
    EndResult result;
    result.thread = thread_time() - before;
    result.received = tally.received();
    result.repeated = tally.repeated();
    result.corrupt = tally.corrupt();
    result.bytes = tally.bytes();
    result.window_messages = tally.window_messages();
    result.window_seconds = tally.window_seconds();
    result.latencies = tally.latencies();
    result.counters = receiver.counters();
    // Nothing that was read may be optimised out.
    result.counters.emplace_back("checksum", tally.sum());
    return result;
}

void Servant::receive_all(Receiver& receiver, Tally& tally, bool spin, std::uint64_t answer_every) {
    const std::uint64_t run = latest_.run;
    std::uint64_t answered = 0;
    std::uint64_t looked_at = 0;
    Instant look_at = now() + kNap;
    for (unsigned turn = 0;; ++turn) {
        receiver.receive(tally, !spin);
        if (answer_every > 0 && tally.highest() - answered >= answer_every) {
            answered = tally.highest();
            receiver.answer(answered);
        }
        if (spin && turn % kTurnsPerLook != 0) continue;
        const Instant time = now();
        if (time < look_at) continue;
        look_at = time + kNap;
        if (attend(Duration::zero()) && latest_.run == run &&
            latest_.stage == wire::Order::Stage::PREPARE)
            answer(wire::Answer::Stage::READY, {}, nullptr);
        if (over() || latest_.run != run) return;
        // Nothing more comes: what is left of a window must not wait for more.
        if (tally.highest() == looked_at && answered < looked_at && answer_every > 0) {
            answered = looked_at;
            receiver.answer(answered);
        }
        looked_at = tally.highest();
        if (latest_.stage != wire::Order::Stage::FINISH) continue;
        if (tally.received() >= latest_.sent || time - tally.last_at() > kQuiet) return;
    }
}

void Servant::answer(wire::Answer::Stage stage, const std::string& problem,
                     const EndResult* result) {
    auto loan = answers_.loan();
    if (!loan) return;
    auto root = loan->root();
    root.setRun(latest_.run);
    root.setStage(stage);
    root.setProblem(problem);
    root.setMachine(machine_);
    if (latest_.stage == wire::Order::Stage::DESCRIBE)
        root.setEnvironment(to_json(environment(interface_)));
    if (result != nullptr) write(root, *result);
    loan->publish();
    session_.node().poll();
}

}  // namespace mcast::bench
