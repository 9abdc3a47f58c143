#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "file.capnp.h"
#include "mcast/publisher.hpp"
#include "mcast/subscriber.hpp"
#include "tools/mcast/file/backlog.hpp"
#include "tools/mcast/file/manifest.hpp"
#include "tools/mcast/file/outgoing_file.hpp"
#include "tools/mcast/file/progress.hpp"
#include "tools/mcast/file/recipients.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/terminal.hpp"

namespace mcast::cli {

// Sends files to all who want them, at once: offers them, sends what is asked for until nobody
// lacks anything, and goes on with those who come back.
class Sender {
public:
    struct Options {
        std::uint32_t receivers = 1;  // to begin with
        Duration timeout{};           // for them to come, or to come back
    };

    // All live for as long as this does.
    Sender(Session& session, Terminal& terminal, const std::vector<OutgoingFile>& files,
           Options options);

    // Until nobody is left to wait for.
    [[nodiscard]] Result<void> run();

    [[nodiscard]] const Manifest& manifest() const { return manifest_; }
    [[nodiscard]] const Recipients& recipients() const { return recipients_; }
    [[nodiscard]] const PublisherStats& stats() const { return items_.stats(); }
    [[nodiscard]] std::uint64_t rounds() const { return end_; }  // of asking who lacks what
    [[nodiscard]] Duration duration() const { return ended_at_ - begun_at_; }

private:
    // Waiting: for receivers. Sending: what is in the backlog. Asking: who lacks what.
    // Waiting → Sending ⇄ Asking → Done.
    enum class Phase { Waiting, Sending, Asking, Done };

    [[nodiscard]] Result<void> turn();
    void take_in();
    [[nodiscard]] Result<void> await_receivers(Instant now);
    [[nodiscard]] Result<void> send(Instant now);
    // False while receivers have to take more first.
    [[nodiscard]] Result<bool> send_piece();
    void ask(Instant now);
    bool publish_offer();
    bool publish_end();
    void on_event(const Event& event);
    void show(Instant now);

    Session& session_;
    Terminal& terminal_;
    const std::vector<OutgoingFile>& files_;
    Options options_;
    Manifest manifest_;
    Publisher<file_schema::FileItem> items_;
    Subscriber<file_schema::FileRequest> requests_;
    Recipients recipients_;
    Backlog backlog_;
    std::map<PeerId, std::string> names_;
    Phase phase_ = Phase::Waiting;
    bool offer_due_ = false;
    Instant offered_at_{};
    bool end_due_ = false;
    std::uint64_t end_ = 0;
    Instant asked_at_{};
    Instant wait_until_{};
    Instant begun_at_{};
    Instant ended_at_{};
    Instant show_at_{};
    bool told_ = false;
    Progress progress_;
};

}  // namespace mcast::cli
