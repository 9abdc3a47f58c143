#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mcast/event.hpp"
#include "mcast/node.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"
#include "tools/mcast/common_options.hpp"
#include "tools/mcast/terminal.hpp"

namespace mcast::cli {

// A node for as long as a command runs: until --duration is over, SIGINT or SIGTERM comes, or
// nobody reads standard output any more. Says on standard error what the user has to know.
class Session {
public:
    static Result<std::unique_ptr<Session>> open(const CommonOptions& options, Terminal& terminal);
    explicit Session(Terminal& terminal) : terminal_(terminal) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    [[nodiscard]] Node& node() { return *node_; }
    [[nodiscard]] const Node& node() const { return *node_; }
    [[nodiscard]] Instant now() const { return node_->now(); }
    [[nodiscard]] Instant opened_at() const { return opened_at_; }

    // Whether the command shall come to its end.
    [[nodiscard]] bool over();
    [[nodiscard]] bool interrupted() const;
    [[nodiscard]] bool output_closed() const { return output_closed_; }

    // Waits for something to drain, or until `deadline` or shortly before over().
    void wait(Instant deadline);
    // The same for `descriptor`, too; true if it can be read.
    [[nodiscard]] bool wait_readable(int descriptor, Instant deadline);

    // Tells the user of trouble, and gives each event to `handler(const Event&)`.
    template <typename Handler>
    void drain_events(Handler&& handler) {
        node_->drain_events([&](const Event& event) {
            tell(event);
            handler(event);
        });
        if (now() >= look_at_) look_around();
    }

    // The latest type mismatch that was seen, as a sentence; empty if there was none.
    [[nodiscard]] const std::string& mismatch() const { return mismatch_; }
    // Why nobody was heard, or why nobody "publishes to" (`does`) the topic: the likeliest cause,
    // and what to do about it.
    [[nodiscard]] std::string why_nobody(std::string_view topic = {},
                                         std::string_view does = {}) const;

private:
    void tell(const Event& event);
    void tell_gap(const Event& event);
    void look_around();
    void tell_if_unusable();
    [[nodiscard]] std::string list_interfaces() const;
    [[nodiscard]] Instant limited(Instant deadline) const;

    Terminal& terminal_;
    std::optional<Node> node_;
    Instant opened_at_{};
    Instant ends_at_ = kNever;
    std::string mismatch_;
    Instant look_at_{};
    std::uint64_t gaps_told_ = 0;    // since the last look around
    std::uint64_t gaps_untold_ = 0;  // the same
    bool interface_seen_ = false;
    bool unusable_told_ = false;
    bool output_closed_ = false;
};

// Not more often than this does a command look at signals, clocks and closed pipes.
inline constexpr Duration kLookAround = std::chrono::milliseconds(250);

}  // namespace mcast::cli
