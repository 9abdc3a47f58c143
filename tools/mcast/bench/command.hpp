#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/mcast/bench/peer_rows.hpp"
#include "tools/mcast/bench/suite.hpp"
#include "tools/mcast/command.hpp"

namespace mcast::bench {

// `mcast bench`: measures libmcast and, beside it and in the same run, the raw path beneath it.
class BenchCommand final : public cli::Command {
public:
    void add_to(CLI::App& app) override;
    [[nodiscard]] Result<int> run(cli::Terminal& terminal) override;

private:
    void add_what();
    void add_how();
    [[nodiscard]] Result<void> prepare();
    [[nodiscard]] Result<void> choose_backends();
    [[nodiscard]] Result<void> choose_cores();
    [[nodiscard]] Result<int> serve(cli::Terminal& terminal);
    [[nodiscard]] Result<void> show(const Suite& suite, const std::vector<PeerRow>& peers,
                                    cli::Terminal& terminal) const;

    Wishes wishes_;
    Place place_;
    std::vector<std::string> path_names_;
    std::vector<double> drop_percents_;
    std::string delivery_ = "best-effort";
    std::string cores_;
    std::optional<std::uint64_t> rounds_;
    std::optional<std::uint64_t> subscribers_;
    std::optional<std::uint64_t> batch_;
    std::optional<Duration> warm_up_;
    std::string to_;
    std::string report_;
    std::string json_file_;
    std::string peers_file_;
    bool quick_ = false;
};

}  // namespace mcast::bench
