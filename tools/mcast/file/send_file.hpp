#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/mcast/command.hpp"

namespace mcast::cli {

class OutgoingFile;
class Sender;
class Session;

// `mcast send-file`: files to many receivers at once.
class SendFileCommand final : public Command {
public:
    void add_to(CLI::App& app) override;
    [[nodiscard]] Result<int> run(Terminal& terminal) override;

private:
    [[nodiscard]] Result<std::vector<OutgoingFile>> open(Terminal& terminal) const;
    void summarize(Session& session, const Sender& sender, Terminal& terminal) const;
    void summarize_json(Session& session, const Sender& sender, Terminal& terminal) const;

    std::vector<std::string> paths_;
    std::uint32_t receivers_ = 1;
    std::optional<Duration> timeout_;
};

}  // namespace mcast::cli
