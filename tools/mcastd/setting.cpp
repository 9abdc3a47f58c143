#include "tools/mcastd/setting.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include "mcast/peer.hpp"
#include "mcast/topic.hpp"
#include "tools/mcastd/quantity.hpp"

namespace mcastd {
namespace {

constexpr std::array<std::string_view, 2> kActions{"forward", "drop"};
constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};

// sockaddr_un::sun_path holds this and its end (unix(7)).
constexpr std::size_t kSocketPathMax = 107;
constexpr mcast::Duration kBusyPollMax = std::chrono::seconds(1);
constexpr std::uint64_t kMemoryMin = 1u << 20;
constexpr std::uint64_t kMemoryMax = std::uint64_t{64} << 30;
constexpr std::uint64_t kFlowsMax = 1u << 24;

void set_name(Config& config, const Value& value, const ValueReader& reader) {
    if (const auto name = reader.name(value, mcast::kPeerNameMax)) config.name = *name;
}

void set_default(Config& config, const Value& value, const ValueReader& reader) {
    if (const auto action = reader.choice(value, kActions))
        config.fallback = static_cast<mcast::relay::Action>(*action);
}

void set_interfaces(Config& config, const Value& value, const ValueReader& reader) {
    if (auto selectors = reader.selectors(value)) config.interfaces = std::move(*selectors);
}

void set_peers(Config& config, const Value& value, const ValueReader& reader) {
    const auto items = reader.strings(value, kPeersMax, "peers");
    if (!items) return;
    std::vector<std::string> peers;
    for (const Value* item : *items) {
        const auto endpoint = mcast::Endpoint::parse(item->text);
        const bool usable = endpoint && !endpoint->address.is_multicast() &&
                            !endpoint->address.is_limited_broadcast() &&
                            !endpoint->address.is_unspecified();
        if (!usable)
            return reader.complain(*item, "'" + item->text +
                                              "' is no peer; write an address of one host and "
                                              "perhaps a port, as in \"192.0.2.7\", "
                                              "\"192.0.2.7:7401\" or \"[fe80::1]:7401\"");
        if (std::find(peers.begin(), peers.end(), item->text) != peers.end())
            return reader.complain(*item, "'" + item->text + "' is there twice; leave one out");
        peers.push_back(item->text);
    }
    config.peers = std::move(peers);
}

void set_port(Config& config, const Value& value, const ValueReader& reader) {
    if (const auto port = reader.number(value, 1, UINT16_MAX))
        config.port = static_cast<std::uint16_t>(*port);
}

void set_reflect(Config& config, const Value& value, const ValueReader& reader) {
    if (auto selectors = reader.selectors(value)) config.reflect = std::move(*selectors);
}

void set_hops_max(Config& config, const Value& value, const ValueReader& reader) {
    // The header's hop count is one byte.
    if (const auto hops = reader.number(value, 1, UINT8_MAX))
        config.hops_max = static_cast<std::uint8_t>(*hops);
}

void set_busy_poll(Config& config, const Value& value, const ValueReader& reader) {
    if (const auto spin = reader.duration(value, mcast::Duration::zero(), kBusyPollMax))
        config.busy_poll = *spin;
}

void set_socket(Config& config, const Value& value, const ValueReader& reader) {
    const auto path = reader.text(value, kSocketPathMax);
    if (!path) return;
    if (!path->empty() && !path->starts_with('/'))
        return reader.complain(value, "'" + *path +
                                          "' is relative to who knows what; write a path that "
                                          "starts with /, or \"\" for no control socket");
    config.control.socket = *path;
}

void set_listen(Config& config, const Value& value, const ValueReader& reader) {
    const auto text = reader.text(value, 64);
    if (!text) return;
    const auto endpoint = mcast::Endpoint::parse(*text);
    if (!text->empty() && (!endpoint || endpoint->port == 0 || endpoint->address.is_multicast()))
        return reader.complain(value, "'" + *text +
                                          "' is nothing to listen at; write an address of this "
                                          "host and a port, as in \"127.0.0.1:9469\" or "
                                          "\"[::1]:9469\", or \"\" for no metrics");
    config.metrics.listen = endpoint;
}

void set_level(Config& config, const Value& value, const ValueReader& reader) {
    if (const auto level = reader.choice(value, kLevels))
        config.log.level = static_cast<LogLevel>(*level);
}

void set_format(Config& config, const Value& value, const ValueReader& reader) {
    if (const auto format = reader.choice(value, kFormats))
        config.log.format = static_cast<LogFormat>(*format);
}

void set_memory(Config& config, const Value& value, const ValueReader& reader) {
    if (const auto size = reader.size(value, kMemoryMin, kMemoryMax)) config.limits.memory = *size;
}

void set_flows_max(Config& config, const Value& value, const ValueReader& reader) {
    if (const auto flows = reader.number(value, 1, kFlowsMax))
        config.limits.flows_max = static_cast<std::uint32_t>(*flows);
}

std::string optional_list(const std::vector<std::string>& texts) {
    return texts.empty() ? "" : quoted_toml(texts);
}

using Kind = Value::Kind;

constexpr std::array<Setting, 14> kSettings{{
    {"name", Kind::String, "What others see of this relay; default: the host's name", set_name,
     [](const Config& c) { return c.name.empty() ? "" : quoted_toml(c.name); }},
    {"default", Kind::String,
     "What becomes of libmcast's own on which no rule decides: forward or drop", set_default,
     [](const Config& c) { return quoted_toml(to_string(c.fallback)); }},
    {"interfaces", Kind::Array,
     "Which interfaces to relay between: names, globs, networks, type=wifi; ! in front: not",
     set_interfaces, [](const Config& c) { return optional_list(c.interfaces); }},
    {"peers", Kind::Array, "Peers to reach by unicast, beside discovery", set_peers,
     [](const Config& c) { return optional_list(c.peers); }},
    {"port", Kind::Integer, "UDP port of multicast and broadcast", set_port,
     [](const Config& c) { return std::to_string(c.port); }},
    {"hops_max", Kind::Integer, "Relays that a datagram may have passed", set_hops_max,
     [](const Config& c) { return std::to_string(c.hops_max); }},
    {"busy_poll", Kind::String,
     "How long it looks for arrivals before it sleeps: less delay for a busy processor",
     set_busy_poll, [](const Config& c) { return quoted_toml(format_exactly(c.busy_poll)); }},
    {"reflect", Kind::Array,
     "Interfaces back to which it carries, too, where clients are kept apart", set_reflect,
     [](const Config& c) { return optional_list(c.reflect); }},
    {"control.socket", Kind::String, "Where mcastd status and the like ask; \"\": nowhere",
     set_socket, [](const Config& c) { return quoted_toml(c.control.socket); }},
    {"metrics.listen", Kind::String, "Where to serve /metrics and /healthz; \"\": nowhere",
     set_listen,
     [](const Config& c) {
         return quoted_toml(c.metrics.listen ? to_string(*c.metrics.listen) : "");
     }},
    {"log.level", Kind::String, "debug, info, warning or error", set_level,
     [](const Config& c) { return quoted_toml(kLevels[static_cast<std::size_t>(c.log.level)]); }},
    {"log.format", Kind::String, "text or json", set_format,
     [](const Config& c) { return quoted_toml(kFormats[static_cast<std::size_t>(c.log.format)]); }},
    {"limits.memory", Kind::String, "What all tables and buffers may take, such as 64M", set_memory,
     [](const Config& c) { return quoted_toml(format_size(c.limits.memory)); }},
    {"limits.flows_max", Kind::Integer, "Streams that are remembered at a time", set_flows_max,
     [](const Config& c) { return std::to_string(c.limits.flows_max); }},
}};

std::string spelled(std::string_view key, std::string name, char between, bool upper) {
    for (const char character : key) {
        const bool gap = character == '.' || character == '_';
        // Keys are ASCII.
        const bool raise = upper && character >= 'a' && character <= 'z';
        name += gap ? between : raise ? static_cast<char>(character - 'a' + 'A') : character;
    }
    return name;
}

}  // namespace

std::span<const Setting> settings() {
    return kSettings;
}

const Setting* find_setting(std::string_view key) {
    const auto found = std::find_if(kSettings.begin(), kSettings.end(),
                                    [&](const Setting& setting) { return setting.key == key; });
    return found == kSettings.end() ? nullptr : &*found;
}

std::string variable_of(std::string_view key) {
    return spelled(key, "MCAST_", '_', true);
}

std::string flag_of(std::string_view key) {
    return spelled(key, "--", '-', false);
}

Value value_of_text(const Setting& setting, const std::string& text) {
    Value value;
    value.text = text;
    if (setting.kind == Value::Kind::Integer) {
        const char* const end = text.data() + text.size();
        const auto [parsed, failure] = std::from_chars(text.data(), end, value.integer);
        // Anything else stays a string, which is then complained about as one.
        if (failure == std::errc() && parsed == end) value.kind = Value::Kind::Integer;
    } else if (setting.kind == Value::Kind::Array) {
        value.kind = Value::Kind::Array;
        for (std::size_t at = 0; at <= text.size();) {
            const std::size_t comma = std::min(text.find(',', at), text.size());
            Value item;
            item.text = text.substr(at, comma - at);
            if (!item.text.empty()) value.items.push_back(std::move(item));
            at = comma + 1;
        }
    }
    return value;
}

std::string quoted_toml(std::string_view text) {
    std::string quoted = "\"";
    for (const char character : text) {
        if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x",
                          static_cast<unsigned>(static_cast<unsigned char>(character)));
            quoted += escape.data();
            continue;
        }
        if (character == '"' || character == '\\') quoted += '\\';
        quoted += character;
    }
    return quoted + "\"";
}

std::string quoted_toml(std::span<const std::string> texts) {
    std::string list = "[";
    for (const std::string& text : texts)
        list += (list.size() == 1 ? "" : ", ") + quoted_toml(text);
    return list + "]";
}

}  // namespace mcastd
