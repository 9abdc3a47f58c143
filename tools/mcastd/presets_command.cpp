#include "tools/mcastd/presets_command.hpp"

#include <memory>
#include <string>
#include <vector>

#include "relay/foreign_route.hpp"
#include "relay/presets.hpp"
#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/terminal.hpp"
#include "tools/mcast/text.hpp"

namespace mcastd {
namespace {

using mcast::cli::JsonWriter;
using mcast::relay::ForeignRoute;
using mcast::relay::Preset;

std::int64_t seconds(mcast::Duration duration) {
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

std::string source_of(const Preset& preset) {
    if (preset.keep_source) return "kept";
    if (preset.replies == mcast::Duration::zero()) return "replaced";
    return "replaced, replies " + std::to_string(seconds(preset.replies)) + "s";
}

std::string as_json() {
    JsonWriter json;
    json.begin_array();
    for (const Preset& preset : mcast::relay::presets()) {
        const mcast::Endpoint destination = preset.destination();
        json.begin_object().field("name", preset.name).field("what", preset.what);
        json.field("address", to_string(destination.address));
        json.field("port", std::uint32_t{destination.port}).field("both", preset.both);
        json.field("source", preset.keep_source ? "keep" : "replace");
        json.field("replies_seconds", seconds(preset.replies));
        json.key("ttl");
        preset.ttl ? json.value(std::uint32_t{*preset.ttl}) : json.value("decrement");
        json.field("warning", preset.warning).end_object();
    }
    return json.end_array().text() + "\n";
}

std::string as_table() {
    std::vector<std::vector<std::string>> rows{{"PRESET", "GROUP", "SOURCE", "TTL", "WHAT"}};
    std::string warnings;
    for (const Preset& preset : mcast::relay::presets()) {
        const std::string name(preset.name);
        rows.push_back({name, ForeignRoute::text(preset.destination()), source_of(preset),
                        preset.ttl ? std::to_string(*preset.ttl) : "one less",
                        std::string(preset.what)});
        if (!preset.warning.empty())
            warnings += "\n" + name + ": " + std::string(preset.warning) + ".\n";
    }
    return mcast::cli::table(rows) + warnings;
}

}  // namespace

void add_presets(CLI::App& app) {
    CLI::App* const command =
        app.add_subcommand("presets", "The games, devices and protocols that it knows by name");
    const auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "One line of JSON");
    command->footer(
        "Examples:\n"
        "  mcastd presets            what `preset` in [[foreign]] may be, and what it stands for\n"
        "  mcastd presets --json     the same for programs\n"
        "A source that is kept needs CAP_NET_RAW; keys beside `preset` change what it says.");
    command->callback([json] {
        mcast::cli::Terminal terminal("mcastd");
        terminal.text(*json ? as_json() : as_table());
    });
}

}  // namespace mcastd
