#include "options.hpp"

#include <CLI/CLI.hpp>

namespace probe {

Settings parse(int count, char** words) {
    CLI::App app("A node for the system tests: publishes counters, prints what happens as JSON.");
    Settings settings;
    mcast::NodeOptions& node = settings.node;
    bool latest = false;
    double announce = 0;
    app.add_option("--domain", node.domain);
    app.add_option("--name", node.name);
    app.add_option("-i,--interface", node.interfaces)->allow_extra_args(false);
    app.add_option("--peer", node.peers)->allow_extra_args(false);
    app.add_option("--port", node.port);
    app.add_option("--backend", settings.backend);
    app.add_option("--unicast-port", node.unicast_port);
    app.add_flag("!--no-ipv4", node.ipv4);
    app.add_flag("!--no-ipv6", node.ipv6);
    app.add_flag("!--no-broadcast", node.broadcast);
    app.add_option("--announce", announce, "seconds between announcements");
    app.add_option("--publish", settings.publish)->allow_extra_args(false);
    app.add_option("--subscribe", settings.subscribe)->allow_extra_args(false);
    app.add_flag("--latest", latest);
    app.add_flag("--express", settings.qos.express);
    app.add_option("--rate", settings.rate);
    app.add_option("--burst", settings.burst);
    app.add_option("--size", settings.size);
    app.add_option("--duration", settings.duration);
    app.add_flag("--every-message", settings.every_message);
    try {
        app.parse(count, words);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error) == 0 ? 0 : 2);
    }
    if (latest) settings.qos.delivery = mcast::Delivery::Latest;
    if (announce > 0)
        node.announce_interval =
            std::chrono::duration_cast<mcast::Duration>(std::chrono::duration<double>(announce));
    return settings;
}

}  // namespace probe
