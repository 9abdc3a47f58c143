#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <vector>

#include "couch.hpp"
#include "tools/backend/backend.hpp"

namespace {

std::atomic<bool> stop{false};  // lock-free, so that a signal handler may set it

std::optional<couch::Settings> parse(const std::vector<std::string>& words) {
    if (words.size() % 2 == 0 || (words[0] != "host" && words[0] != "pad")) return std::nullopt;
    couch::Settings settings;
    settings.node.name = words[0];
    for (std::size_t index = 1; index < words.size(); index += 2) {
        const std::string& value = words[index + 1];
        if (words[index] == "--name") {
            settings.node.name = value;
        } else if (words[index] == "--domain") {
            settings.node.domain = value;
        } else if (words[index] == "--interface") {
            settings.node.interfaces.push_back(value);
        } else if (words[index] == "--backend") {
            settings.backend = value;
        } else if (words[index] == "--report") {
            settings.report = value;
        } else if (words[index] == "--duration" && std::atoi(value.c_str()) > 0) {
            settings.duration = std::chrono::seconds(std::atoi(value.c_str()));
        } else {
            return std::nullopt;
        }
    }
    return settings;
}

}  // namespace

bool couch::interrupted() {
    return stop;
}

int couch::complain(const mcast::Error& error) {
    std::fprintf(stderr, "couch: %s\n", error.what.c_str());
    return 1;
}

mcast::Result<mcast::Node> couch::open(const Settings& settings) {
    auto node = mcast::tools::open_node(settings.node, settings.backend);
    if (!node) return node;
    if (const std::string why = mcast::tools::why_not(*node, settings.backend); !why.empty())
        std::fprintf(stderr, "couch: %s\n", why.c_str());
    return node;
}

int main(int count, char** words) {
    const auto settings = parse({words + 1, words + count});
    if (!settings) {
        std::fputs(
            "usage: couch host|pad [--name NAME] [--domain DOMAIN] [--duration SECONDS]\n"
            "                      [--interface SELECTOR]... [--backend socket|uring|dpdk:DEVICE]\n"
            "                      [--report FILE]\n",
            stderr);
        return 2;
    }
    if (!settings->report.empty() && !std::ofstream(settings->report, std::ios::app))
        return couch::complain({.what = "open report '" + settings->report + "': cannot write"});
    std::signal(SIGINT, [](int) { stop = true; });
    std::signal(SIGTERM, [](int) { stop = true; });
    const bool host = words[1] == std::string("host");
    return host ? couch::play_host(*settings) : couch::play_pad(*settings);
}
