#include <cmath>

#include "couch.hpp"
#include "game.capnp.h"
#include "ledger.hpp"

namespace couch {
namespace {

std::int8_t stick(float distance) {
    return static_cast<std::int8_t>(
        std::copysign(std::fmin(127.0f, std::fabs(distance) * 1000), distance));
}

}  // namespace

// A controller whose player always runs towards the coin.
int play_pad(const Settings& settings) {
    auto node = open(settings);
    if (!node) return complain(node.error());
    auto inputs = node->publisher<game::Input>("input", {.express = true});  // leaves at once
    auto worlds = node->subscriber<game::World>("world", {.delivery = mcast::Delivery::Latest});

    Ledger ledger(*node, settings.report);
    std::int8_t stick_x = 0;
    std::int8_t stick_y = 0;
    std::uint32_t number = 0;
    const auto end = node->now() + settings.duration;
    for (auto turn = node->now(); turn < end && !interrupted(); turn += kTurn) {
        node->poll_until(turn);
        node->drain_events([&](const mcast::Event& event) { ledger.note(event); });
        worlds.drain([&](const mcast::Sample<game::World>& world) {
            ledger.note(world, world->getFrame());
            for (const auto player : world->getPlayers()) {
                if (player.getPeer() != node->id().value) continue;
                stick_x = stick(world->getCoinX() - player.getX());
                stick_y = stick(world->getCoinY() - player.getY());
            }
        });
        if (auto loan = inputs.loan()) {
            auto input = loan->root();
            input.setNumber(number++);
            input.setStickX(stick_x);
            input.setStickY(stick_y);
            loan->publish();
        }
        ledger.tick();
    }
    ledger.total();
    return 0;
}

}  // namespace couch
