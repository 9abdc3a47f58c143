#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mcast/publisher.hpp"
#include "tools/mcast/audience.hpp"
#include "tools/mcast/command.hpp"
#include "tools/mcast/schema.hpp"
#include "tools/mcast/value.hpp"

namespace mcast::cli {

class LineReader;
class Session;

// `mcast pub`: publishes values of the command line or of standard input.
class PubCommand final : public Command {
public:
    void add_to(CLI::App& app) override;
    [[nodiscard]] Result<int> run(Terminal& terminal) override;

private:
    Result<void> prepare();
    [[nodiscard]] Result<Frame> frame_of(std::string_view value) const;
    Result<void> await_listeners(Session& session, RawPublisher& publisher, Terminal& terminal);
    void get_acquainted(Session& session);
    Result<void> publish_values(Session& session, RawPublisher& publisher);
    Result<void> publish_lines(Session& session, RawPublisher& publisher);
    Result<void> publish(Session& session, RawPublisher& publisher, const Frame& frame);
    // Of a reliable topic: until all subscribers have everything, or nobody is there to wait for.
    void await_acknowledgement(Session& session, RawPublisher& publisher);
    // Takes in what has come, and looks who subscribes.
    void look_around(Session& session, const RawPublisher& publisher);
    bool await_line(Session& session, LineReader& lines, std::string& line);
    void pace(Session& session, const RawPublisher& publisher);
    [[nodiscard]] bool done(Session& session) const;
    void summarize(const RawPublisher& publisher, Terminal& terminal) const;
    void add_reliability();
    [[nodiscard]] Qos qos() const;
    [[nodiscard]] std::string acknowledgement(const RawPublisher& publisher) const;

    std::string topic_;
    std::vector<std::string> values_;
    std::string schema_specification_;
    double rate_ = 0;  // messages a second; 0: as fast as possible
    std::optional<std::uint64_t> count_;
    bool latest_ = false;
    bool reliable_ = false;
    bool express_ = false;
    std::uint32_t history_ = 0;
    std::optional<Duration> patience_;
    Parity parity_;
    std::uint32_t wait_ = 1;
    std::optional<Duration> wait_timeout_;

    bool from_stdin_ = false;
    std::optional<Schema> schema_;
    std::vector<Frame> frames_;
    std::uint64_t published_ = 0;
    Instant next_at_{};
    Audience audience_;
    Instant look_at_{};
};

}  // namespace mcast::cli
