#include <algorithm>
#include <cmath>
#include <map>

#include "couch.hpp"
#include "game.capnp.h"
#include "ledger.hpp"

namespace couch {
namespace {

// The world: players run about on a field of 1 × 1 and catch coins together.
class Game {
public:
    void steer(mcast::PeerId peer, const game::Input::Reader& input) {
        Spot& player = players_[peer];  // whoever steers plays
        player.x =
            std::clamp(player.x + kSpeed * static_cast<float>(input.getStickX()), 0.0f, 1.0f);
        player.y =
            std::clamp(player.y + kSpeed * static_cast<float>(input.getStickY()), 0.0f, 1.0f);
        if (std::hypot(player.x - coin_.x, player.y - coin_.y) > 0.02f) return;
        ++score_;
        coin_ = {std::fmod(coin_.x + 0.618f, 1.0f), std::fmod(coin_.y + 0.414f, 1.0f)};
    }
    void leave(mcast::PeerId peer) { players_.erase(peer); }

    void write(game::World::Builder world) {
        world.setFrame(frame_++);
        world.setScore(score_);
        world.setCoinX(coin_.x);
        world.setCoinY(coin_.y);
        auto players = world.initPlayers(static_cast<unsigned>(players_.size()));
        for (unsigned index = 0; const auto& [peer, spot] : players_) {
            auto player = players[index++];
            player.setPeer(peer.value);
            player.setX(spot.x);
            player.setY(spot.y);
        }
    }

private:
    struct Spot {
        float x = 0.5f;
        float y = 0.5f;
    };
    static constexpr float kSpeed = 0.00005f;  // a full stick crosses the field in 1.3 s

    std::map<mcast::PeerId, Spot> players_;
    Spot coin_{0.2f, 0.8f};
    std::uint32_t score_ = 0;
    std::uint32_t frame_ = 0;
};

}  // namespace

int play_host(const Settings& settings) {
    auto node = open(settings);
    if (!node) return complain(node.error());
    auto world = node->publisher<game::World>("world", {.delivery = mcast::Delivery::Latest});
    auto inputs = node->subscriber<game::Input>("input");

    Game game;
    Ledger ledger(*node, settings.report);
    const auto end = node->now() + settings.duration;
    for (auto frame = node->now(); frame < end && !interrupted(); frame += kFrame) {
        node->poll_until(frame);  // all I/O and every timer run here, and nowhere else
        node->drain_events([&](const mcast::Event& event) {
            if (event.kind == mcast::EventKind::PeerDown) game.leave(event.peer);
            ledger.note(event);
        });
        inputs.drain([&](const mcast::Sample<game::Input>& input) {
            game.steer(input.peer(), *input);
            ledger.note(input, input->getNumber());
        });
        if (auto loan = world.loan()) {  // empty only while every transmit buffer is in flight
            game.write(loan->root());    // a Cap'n Proto builder inside the outgoing datagram
            loan->publish();
        }
        ledger.tick();
    }
    ledger.total();
    return 0;
}

}  // namespace couch
