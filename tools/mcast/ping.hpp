#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "mcast/event.hpp"
#include "mcast/peer.hpp"
#include "tools/mcast/command.hpp"
#include "tools/mcast/histogram.hpp"

namespace mcast::cli {

class Session;

// `mcast ping`: round trips through a peer.
class PingCommand final : public Command {
public:
    void add_to(CLI::App& app) override;
    [[nodiscard]] Result<int> run(Terminal& terminal) override;

private:
    struct Sent {
        std::uint64_t sequence = 0;
        Instant at{};
    };

    // The peer that is meant and up, preferring the one pinged before.
    [[nodiscard]] std::optional<PeerInfo> find(const Session& session, std::size_t& others) const;
    Result<void> await_peer(Session& session, Terminal& terminal);
    void ask(Session& session, Terminal& terminal);
    void on_pong(Instant now, const Event& event, Terminal& terminal);
    void expire(Instant now, Terminal& terminal);
    void say_lost(std::uint64_t sequence, const std::string& why, Terminal& terminal);
    void summarize(Terminal& terminal) const;

    std::string wanted_;
    std::optional<Duration> interval_;
    std::optional<Duration> timeout_;
    std::optional<Duration> wait_timeout_;
    std::optional<std::uint64_t> count_;
    bool quiet_ = false;

    PeerId peer_;
    std::string peer_name_;
    std::map<std::uint64_t, Sent> waiting_;  // by token
    std::uint64_t asked_ = 0;
    std::uint64_t lost_ = 0;
    Histogram round_trips_;
};

}  // namespace mcast::cli
