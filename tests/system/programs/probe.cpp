#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "options.hpp"
#include "tools/backend/backend.hpp"
#include "traffic.hpp"

namespace {

std::atomic<bool> stop{false};  // lock-free, so that a signal handler may set it

mcast::Duration in_nanoseconds(double seconds) {
    return std::chrono::duration_cast<mcast::Duration>(std::chrono::duration<double>(seconds));
}

const char* name_of(mcast::LogLevel level) {
    switch (level) {
        case mcast::LogLevel::Debug:
            return "debug";
        case mcast::LogLevel::Info:
            return "info";
        case mcast::LogLevel::Warning:
            return "warning";
        case mcast::LogLevel::Error:
            return "error";
    }
    return "?";
}

}  // namespace

int main(int count, char** words) {
    using namespace std::chrono_literals;
    probe::Settings settings = probe::parse(count, words);
    std::signal(SIGTERM, [](int) { stop = true; });
    std::signal(SIGINT, [](int) { stop = true; });
    settings.node.log = [](mcast::LogLevel level, std::string_view line) {
        probe::Json("log").add("level", name_of(level)).add("text", line).print();
    };
    auto node = mcast::tools::open_node(settings.node, settings.backend);
    if (!node) {
        std::fprintf(stderr, "probe: %s\n", node.error().what.c_str());
        return 1;
    }
    probe::Json("open")
        .add("name", node->name())
        .add("id", to_string(node->id()))
        .add("backend", node->capabilities().name)
        .print();

    probe::Traffic traffic(*node, settings);
    // A flood is sent in bursts; 50 µs between them leave time for the others on a small machine.
    const mcast::Duration period = settings.rate > 0 ? in_nanoseconds(1 / settings.rate) : 50us;
    const int burst = settings.rate > 0 ? settings.burst : 32;
    const auto end = node->now() + in_nanoseconds(settings.duration);
    auto next_stats = node->now();
    for (auto turn = node->now(); turn < end && !stop;
         turn = std::max(turn + period, node->now() - 100ms)) {
        node->poll_until(turn);
        node->drain_events([&](const mcast::Event& event) { traffic.note(event); });
        traffic.drain();
        for (int index = 0; index < burst; ++index)
            traffic.publish();
        if (node->now() < next_stats) continue;
        next_stats = node->now() + 100ms;
        traffic.print_stats();
    }
    traffic.print_stats();
    return 0;
}
