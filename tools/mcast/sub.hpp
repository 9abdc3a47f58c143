#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mcast/subscriber.hpp"
#include "tools/mcast/command.hpp"
#include "tools/mcast/meter.hpp"
#include "tools/mcast/schema.hpp"

namespace mcast::cli {

class Session;

// `mcast sub`: shows what is published to a topic.
class SubCommand final : public Command {
public:
    void add_to(CLI::App& app) override;
    [[nodiscard]] Result<int> run(Terminal& terminal) override;

private:
    [[nodiscard]] Qos qos() const;
    // Says that the topic could be had reliably, once.
    void hint(const Node& node, Terminal& terminal);
    void receive(Session& session, RawSubscriber& subscriber, Terminal& terminal);
    void summarize(const Session& session, const RawSubscriber& subscriber,
                   Terminal& terminal) const;
    [[nodiscard]] bool complete() const { return count_ && meter_.count() >= *count_; }

    std::string topic_;
    std::string schema_specification_;
    std::optional<std::uint64_t> count_;
    bool latest_ = false;
    bool reliable_ = false;
    std::optional<Duration> deadline_;
    bool hinted_ = false;
    bool plain_ = false;
    bool quiet_ = false;

    std::optional<Schema> schema_;
    Meter meter_;
};

}  // namespace mcast::cli
