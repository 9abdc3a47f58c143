#include "tools/mcast/options.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/interface.hpp"
#include "mcast/topic.hpp"
#include "tools/backend/backend.hpp"
#include "tools/mcast/duration.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr const char* kGroup = "Where and how long";

// A control character, which no name and no selector has.
constexpr char kProtection = '\x1f';

std::optional<std::uint64_t> parse_number(const std::string& text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || parsed != end) return std::nullopt;
    return number;
}

// Each occurrence takes one value, so that `-i lo TOPIC` leaves TOPIC alone.
CLI::Option* add_repeatable(CLI::App& command, const std::string& name,
                            std::vector<std::string>& values, const std::string& description) {
    return command.add_option(name, values, description)->allow_extra_args(false);
}

std::string check_name(const std::string& name, std::size_t size_max) {
    if (name.empty()) return "is empty; give it a name or leave the option out";
    if (name.size() > size_max) {
        return "is " + std::to_string(name.size()) + " bytes long; the limit is " +
               std::to_string(size_max);
    }
    if (!is_printable(name)) return "has control characters or is not UTF-8";
    return {};
}

std::string check_selector(const std::string& selector) {
    const std::vector<std::string> one{selector};
    const auto parsed = InterfaceSelection::parse(one);
    return parsed ? std::string{} : parsed.error().what;
}

std::string check_peer(const std::string& peer) {
    if (Endpoint::parse(peer)) return {};
    return "'" + printable(peer) +
           "' is no endpoint; write an address and perhaps a port, e.g. 10.0.0.5, 10.0.0.5:7401 or "
           "[fe80::1]:7401";
}

void add_backend(CLI::App& command, std::string& backend) {
    command
        .add_option("--backend", backend,
                    "How datagrams travel: socket (system calls), uring (io_uring, or socket where "
                    "that cannot be had) or dpdk:DEVICE, as in dpdk:net_af_packet0,iface=eth1")
        ->envname("MCAST_BACKEND")
        ->type_name("NAME")
        ->capture_default_str()
        ->check([](const std::string& name) {
            return tools::is_backend(name) ? std::string{}
                                           : "'" + printable(name) +
                                                 "' is no backend; write socket, uring or "
                                                 "dpdk:DEVICE";
        });
}

}  // namespace

void add_common(CLI::App& command, CommonOptions& options) {
    NodeOptions& node = options.node;
    command.add_flag("--json", options.json, "Print JSON");
    add_duration(command, "--duration", options.duration,
                 "End after this long, e.g. 10s, 500ms, 2m");
    command
        .add_option("--domain", node.domain,
                    "Who may hear whom; nodes of other domains are not seen")
        ->envname("MCAST_DOMAIN")
        ->type_name("NAME")
        ->capture_default_str()
        ->check([](const std::string& name) { return check_name(name, kDomainNameMax); })
        ->transform(unprotect);
    add_repeatable(command, "-i,--interface", node.interfaces,
                   "Use these interfaces only: a name or glob (eth*), an ifindex (#2), a network "
                   "(10.0.0.0/8), type=wifi; with ! in front: not these. Repeatable")
        ->type_name("SELECTOR")
        ->transform(unprotect)
        ->check(check_selector);
    add_repeatable(command, "--peer", node.peers,
                   "Reach this peer by unicast, beside discovery. Repeatable")
        ->type_name("ENDPOINT")
        ->check(check_peer);
    command.add_option("--name", node.name, "What others see; default: host name and process id")
        ->type_name("NAME")
        ->check([](const std::string& name) { return check_name(name, kPeerNameMax); })
        ->transform(unprotect);
    command.add_option("--port", node.port, "UDP port of multicast and broadcast")
        ->capture_default_str()
        ->type_name("PORT")
        ->check([](const std::string& text) {
            const auto port = parse_number(text);
            return port && *port >= 1 && *port <= 65535
                       ? std::string{}
                       : "'" + printable(text) + "' is no port; write a number from 1 to 65535";
        });
    add_backend(command, options.backend);
    CLI::Option* only4 = command.add_flag_callback(
        "--ipv4-only", [&node] { node.ipv6 = false; }, "No IPv6");
    CLI::Option* only6 = command.add_flag_callback(
        "--ipv6-only", [&node] { node.ipv4 = false; }, "No IPv4");
    only4->excludes(only6);
    for (const char* name : {"--duration", "--domain", "--interface", "--peer", "--name", "--port",
                             "--backend", "--ipv4-only", "--ipv6-only"}) {
        command.get_option(name)->group(kGroup);
    }
}

CLI::Option* add_duration(CLI::App& command, const std::string& name,
                          std::optional<Duration>& duration, const std::string& description) {
    return command
        .add_option_function<std::string>(
            name, [&duration](const std::string& text) { duration = parse_duration(text); },
            description)
        ->type_name("TIME")
        ->check([](const std::string& text) -> std::string {
            if (parse_duration(text)) return {};
            return "'" + printable(text) + "' is no duration; write e.g. 10s, 500ms, 250us or 2m";
        });
}

CLI::Option* add_count(CLI::App& command, const std::string& name,
                       std::optional<std::uint64_t>& count, const std::string& description) {
    return command.add_option(name, count, description)
        ->type_name("N")
        ->check([](const std::string& text) {
            return parse_number(text).value_or(0) > 0
                       ? std::string{}
                       : "'" + printable(text) + "' is no count; write a whole number from 1 on";
        });
}

std::vector<std::string> protect(int argument_count, char** arguments) {
    std::vector<std::string> all;
    // CLI11 wants them from the last to the first, without the program's name.
    for (int i = argument_count - 1; i > 0; --i) {
        all.emplace_back(arguments[i]);
        if (all.back().starts_with('[') && all.back().ends_with(']')) all.back() += kProtection;
    }
    return all;
}

std::string unprotect(std::string argument) {
    if (argument.ends_with(kProtection)) argument.pop_back();
    return argument;
}

CLI::Option* add_topic(CLI::App& command, std::string& topic) {
    return command.add_option("TOPIC", topic, "Name of the topic")
        ->required()
        ->type_name("")
        ->transform(unprotect)
        ->check([](const std::string& name) {
            const auto checked = check_topic_name(name);
            return checked ? std::string{} : checked.error().what;
        });
}

}  // namespace mcast::cli
