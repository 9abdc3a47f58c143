#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "mcast/publisher.hpp"
#include "mcast/subscriber.hpp"
#include "tools/mcast/bench/exchange.hpp"
#include "tools/mcast/session.hpp"

namespace mcast::bench {

// The receiving end: waits for orders on the exchange, does as they say, and answers.
class Servant {
public:
    // `node`: of what is measured. `interface`: the name of the one that is used.
    Servant(cli::Session& session, NodeOptions node, std::string interface);

    // Until the session is over, or some other thread says so.
    void serve(const std::atomic<bool>* stopped = nullptr);

private:
    struct Pending {
        std::uint64_t run = 0;
        wire::Order::Stage stage = wire::Order::Stage::DESCRIBE;
        std::uint64_t sent = 0;
        bool ours = false;
        std::size_t index = 0;
        Assignment assignment;
    };

    // Takes orders in; true if one of ours has come, which is then latest_.
    bool attend(Duration patience);
    [[nodiscard]] bool over() {
        // Relaxed: nothing but the flag itself is told.
        const bool stopped = stopped_ != nullptr && stopped_->load(std::memory_order_relaxed);
        return stopped || session_.over();
    }
    void carry_out();
    [[nodiscard]] bool meet(Receiver& receiver);
    [[nodiscard]] EndResult measure(Receiver& receiver);
    // Until the run is finished and nothing is under way any more.
    void receive_all(Receiver& receiver, Tally& tally, bool spin, std::uint64_t answer_every);
    void answer(wire::Answer::Stage stage, const std::string& problem, const EndResult* result);

    cli::Session& session_;
    NodeOptions node_;
    std::string interface_;
    Subscriber<wire::Order> orders_;
    Publisher<wire::Answer> answers_;
    Pending latest_;
    std::string machine_ = machine_id();
    const std::atomic<bool>* stopped_ = nullptr;
};

}  // namespace mcast::bench
