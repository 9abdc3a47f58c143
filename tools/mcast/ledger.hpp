#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mcast/stats.hpp"
#include "tools/mcast/command.hpp"

namespace mcast::cli {

class Session;

// `mcast ledger`: what became of each datagram of a topic's streams.
class LedgerCommand final : public Command {
public:
    void add_to(CLI::App& app) override;
    [[nodiscard]] Result<int> run(Terminal& terminal) override;

private:
    // Streams that end stay as they were last.
    void update(const Session& session);
    [[nodiscard]] std::vector<StreamInfo> streams() const;
    [[nodiscard]] std::string status() const;
    [[nodiscard]] Result<int> summarize(const Session& session, Terminal& terminal,
                                        bool published) const;

    std::string topic_;
    bool reliable_ = false;
    bool latest_ = false;
    // A publisher has one stream for each type of the topic; kAnyType is what is subscribed.
    std::map<std::pair<PeerId, std::string>, StreamInfo> streams_;
};

}  // namespace mcast::cli
