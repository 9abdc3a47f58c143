#pragma once

#include <string>

#include "tools/mcast/command.hpp"

namespace mcast::cli {

// `mcast peers`: who is there, on which paths, with which topics.
class PeersCommand final : public Command {
public:
    void add_to(CLI::App& app) override;
    [[nodiscard]] Result<int> run(Terminal& terminal) override;

private:
    void watch(class Session& session, Terminal& terminal) const;

    bool watch_ = false;
    std::string topic_;  // subscribed to meanwhile; empty: none
};

}  // namespace mcast::cli
