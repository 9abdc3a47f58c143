#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/options.hpp"
#include "mcast/time.hpp"
#include "relay/rule.hpp"

namespace mcastd {

// What one file may hold; more is an error that names the limit.
inline constexpr std::size_t kDomainsMax = 32;
inline constexpr std::size_t kForeignMax = 32;
inline constexpr std::size_t kPeersMax = 64;
inline constexpr std::size_t kSelectorsMax = 32;  // of one list
inline constexpr std::size_t kConfigFileMax = 4u << 20;

// The domain in which relays find each other; no user's.
inline constexpr std::string_view kRelayDomain = "mcastd";

// A domain whose nodes are relayed.
struct DomainConfig {
    std::string name = "default";
    mcast::relay::Line line{};

    friend bool operator==(const DomainConfig&, const DomainConfig&) = default;
};

enum class SourceAddress : std::uint8_t {
    Replace,  // this host's; replies are brought back
    Keep,     // the sender's own; needs CAP_NET_RAW
};

// Plain UDP that is not libmcast's, carried from some interfaces to others.
struct ForeignConfig {
    // One of relay's presets, or empty. What it stands for is filled in below, less what the file
    // says otherwise.
    std::string preset{};
    std::optional<mcast::Address> group{};  // none: broadcast
    std::uint16_t port = 0;
    bool broadcast = false;
    std::vector<std::string> from{};  // selectors; empty: all that are relayed between
    std::vector<std::string> to{};
    bool both = false;  // also from `to` to `from`
    SourceAddress source = SourceAddress::Replace;
    mcast::Duration replies = std::chrono::seconds(30);  // are brought back for so long; 0: never
    std::optional<std::uint8_t> ttl{};                   // none: one less than it came with
    // The storm breaker: at more datagrams a second the route is closed for a while.
    std::uint32_t rate = 2000;
    mcast::Duration open = std::chrono::seconds(5);
    mcast::relay::Line line{};

    friend bool operator==(const ForeignConfig&, const ForeignConfig&) = default;
};

struct ControlConfig {
    std::string socket = "/run/mcastd/control";  // a path; empty: none

    friend bool operator==(const ControlConfig&, const ControlConfig&) = default;
};

struct MetricsConfig {
    std::optional<mcast::Endpoint> listen;  // none: no metrics are served

    friend bool operator==(const MetricsConfig&, const MetricsConfig&) = default;
};

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };
enum class LogFormat : std::uint8_t { Text, Json };

struct LogConfig {
    LogLevel level = LogLevel::Info;
    LogFormat format = LogFormat::Text;

    friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

struct LimitsConfig {
    std::uint64_t memory = 64u << 20;  // bytes
    std::uint32_t flows_max = 65536;

    friend bool operator==(const LimitsConfig&, const LimitsConfig&) = default;
};

// The whole configuration, version 1. As it stands here, it relays nothing and shows what it sees.
struct Config {
    std::string name;                                            // empty: the host's
    mcast::relay::Action fallback = mcast::relay::Action::Drop;  // `default`: what no rule decides
    std::vector<std::string> interfaces;  // selectors; empty: as a node chooses
    std::vector<std::string> peers;       // endpoints, see NodeOptions::peers
    std::uint16_t port = mcast::kPort;
    std::uint8_t hops_max = 8;
    mcast::Duration busy_poll{};  // a wait looks so long for arrivals before it sleeps
    // Selectors of interfaces back to which is carried, too, what comes from them; empty: none.
    std::vector<std::string> reflect;
    std::vector<DomainConfig> domains;  // empty: NodeOptions' default domain
    std::vector<ForeignConfig> foreign;
    std::vector<mcast::relay::Rule> rules;
    ControlConfig control;
    MetricsConfig metrics;
    LogConfig log;
    LimitsConfig limits;

    friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace mcastd
