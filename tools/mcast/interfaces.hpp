#pragma once

#include "tools/mcast/command.hpp"

namespace mcast::cli {

// `mcast interfaces`: which interfaces there are, and which of them a node uses or why not.
class InterfacesCommand final : public Command {
public:
    void add_to(CLI::App& app) override;
    [[nodiscard]] Result<int> run(Terminal& terminal) override;

private:
    bool watch_ = false;
};

}  // namespace mcast::cli
