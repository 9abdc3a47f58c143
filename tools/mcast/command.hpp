#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tools/mcast/common_options.hpp"
#include "tools/mcast/terminal.hpp"

namespace mcast::cli {

// One of `mcast`'s subcommands.
class Command {
public:
    Command() = default;
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;
    virtual ~Command() = default;

    // Adds itself to the command line, to be parsed into the members.
    virtual void add_to(CLI::App& app) = 0;
    // Does it, after parsing. Errors are for the caller to show.
    [[nodiscard]] virtual Result<int> run(Terminal& terminal) = 0;

    [[nodiscard]] bool chosen() const { return app_ != nullptr && app_->parsed(); }
    [[nodiscard]] std::string name() const { return app_->get_name(); }

protected:
    CLI::App* app_ = nullptr;
    CommonOptions common_;
};

}  // namespace mcast::cli
