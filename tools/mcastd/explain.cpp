#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mcast/options.hpp"
#include "mcast/topic.hpp"
#include "platform/netlink_monitor.hpp"
#include "relay/rule_set.hpp"
#include "tools/mcast/common_options.hpp"
#include "tools/mcast/terminal.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/config_options.hpp"
#include "tools/mcastd/control_options.hpp"
#include "tools/mcastd/rule_explanation.hpp"

namespace mcastd {
namespace {

using mcast::Error;
using mcast::ErrorCode;
using mcast::Interface;
using mcast::Result;
using mcast::relay::Passage;

// A datagram as somebody describes it, who may leave most of it out.
struct ExplainOptions {
    ConfigOptions config;
    std::string from;
    std::string to;
    std::string source;
    std::string domain;
    std::string topic;
    std::string group;
    std::string peer;
};

Error usage(const std::string& what) {
    return {ErrorCode::InvalidArgument, 0, what};
}

// The interface as it is now; one that is not there has its name only.
Interface find_interface(const std::vector<Interface>& all, const std::string& name) {
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const Interface& interface) { return interface.name == name; });
    if (found != all.end()) return *found;
    std::fprintf(stderr,
                 "mcastd rules explain: there is no interface %s here now; it is judged by its "
                 "name alone\n",
                 mcast::cli::printable(name).c_str());
    Interface absent;
    absent.name = name;
    return absent;
}

std::vector<Interface> interfaces_of_host() {
    const auto monitor = mcast::platform::make_netlink_monitor();
    if (!monitor) return {};
    const auto all = (*monitor)->interfaces();
    return {all.begin(), all.end()};
}

// The parts that are given, checked; views into `options`.
Result<Passage> passage_of(const ExplainOptions& options, const std::string& default_domain) {
    Passage passage;
    if (!options.source.empty()) {
        const auto source = mcast::Address::parse(options.source);
        if (!source) return usage("--source: '" + options.source + "' is no address");
        passage.source = *source;
    }
    if (!options.group.empty()) {
        if (!options.domain.empty() || !options.topic.empty() || !options.peer.empty())
            return usage(
                "--group: what goes to a group of its own is foreign and has no domain, "
                "topic or peer; leave these out, or --group");
        const auto group = mcast::Endpoint::parse(options.group);
        if (!group || group->port == 0)
            return usage("--group: '" + options.group +
                         "' is no group and port; write it as in 239.255.255.250:1900");
        passage.group = *group;
        return passage;
    }
    passage.domain = options.domain.empty() ? default_domain : options.domain;
    passage.topic = options.topic;
    if (const auto id = mcast::relay::parse_peer_id(options.peer))
        passage.peer = *id;
    else
        passage.peer_name = options.peer;
    return passage;
}

Result<std::string> explanation(const ExplainOptions& options) {
    const ConfigResult result = options.config.load();
    std::fputs(result.messages().c_str(), stderr);
    if (!result.config) end_with(kConfigError);
    const Config& config = *result.config;
    const std::string default_domain =
        config.domains.empty() ? mcast::NodeOptions{}.domain : config.domains.front().name;
    Result<Passage> passage = passage_of(options, default_domain);
    if (!passage) return passage.error();
    const auto rules = mcast::relay::RuleSet::compile(config.rules, config.fallback);
    if (!rules) return rules.error();
    const std::vector<Interface> here = interfaces_of_host();
    const Interface from = find_interface(here, options.from);
    const Interface to = find_interface(here, options.to);
    passage->from = &from;
    passage->to = &to;
    return explain(*rules, *passage, result.file);
}

void add_datagram(CLI::App& command, ExplainOptions& options) {
    command.add_option("FROM", options.from, "Interface that it comes from")
        ->required()
        ->type_name("");
    command.add_option("TO", options.to, "Interface that it would go to")
        ->required()
        ->type_name("");
    command.add_option("--source", options.source, "The sender's address")->type_name("ADDRESS");
    command
        .add_option("--domain", options.domain,
                    "Domain of a datagram of libmcast's own; default: the first of the file")
        ->type_name("NAME");
    command
        .add_option("--topic", options.topic, "Its topic; without, it is taken for an announcement")
        ->type_name("NAME");
    command.add_option("--group", options.group, "Of a foreign datagram: where it goes")
        ->type_name("GROUP:PORT");
    command.add_option("--peer", options.peer, "Who published it: a name or 16 hex digits")
        ->type_name("PEER");
}

}  // namespace

void add_rules_explain(CLI::App& rules) {
    CLI::App* const command = rules.add_subcommand(
        "explain", "Which rule decides on a datagram, and why those before it do not");
    const auto options = std::make_shared<ExplainOptions>();
    add_datagram(*command, *options);
    add_config_options(*command, options->config);
    command->footer(
        "Examples:\n"
        "  mcastd rules explain e0 e1 --topic input/7 --source 10.0.0.5\n"
        "  mcastd rules explain lan0 lan1 --group 239.255.255.250:1900\n"
        "It reads the configuration, and asks no daemon. Exit codes: 0 done, 2 wrong usage, 78 "
        "the\n"
        "configuration is refused.");
    command->callback([options] {
        mcast::cli::Terminal terminal("mcastd");
        const Result<std::string> text = explanation(*options);
        if (text) return terminal.text(*text);
        terminal.note("rules explain: " + text.error().what);
        end_with(mcast::cli::exit_code(text.error()));
    });
}

}  // namespace mcastd
