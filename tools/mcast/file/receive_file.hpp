#pragma once

#include <optional>
#include <string>

#include "tools/mcast/command.hpp"

namespace mcast::cli {

class Receiver;

// `mcast receive-file`: the other end of `mcast send-file`.
class ReceiveFileCommand final : public Command {
public:
    void add_to(CLI::App& app) override;
    [[nodiscard]] Result<int> run(Terminal& terminal) override;

private:
    void summarize(const Receiver& receiver, Terminal& terminal) const;

    std::string folder_ = ".";
    std::string from_;
    bool force_ = false;
    std::optional<Duration> timeout_;
};

}  // namespace mcast::cli
