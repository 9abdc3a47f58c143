#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "file.capnp.h"
#include "mcast/publisher.hpp"
#include "mcast/subscriber.hpp"
#include "tools/mcast/file/incoming.hpp"
#include "tools/mcast/file/progress.hpp"
#include "tools/mcast/file/request.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/terminal.hpp"

namespace mcast::cli {

// Receives the files of one offer: asks for it, stores what comes, says what it lacks, and reads in
// the end what it has stored.
class Receiver {
public:
    struct Options {
        bool force = false;
        std::optional<Duration> timeout;  // see receive_file.cpp
        std::string from;                 // the sender's name; empty: the first that offers
    };
    struct Counts {
        std::uint64_t chunks = 0;
        std::uint64_t repeated = 0;  // of them, those that were there
    };

    // All live for as long as this does.
    Receiver(Session& session, Terminal& terminal, const Folder& folder, Options options);

    // Until all files are sound, or an error. Interrupted, it is an error, too: TryAgain.
    [[nodiscard]] Result<void> run();

    [[nodiscard]] const Incoming& incoming() const { return *incoming_; }
    [[nodiscard]] const std::string& sender_name() const { return sender_name_; }
    [[nodiscard]] const Counts& counts() const { return counts_; }
    [[nodiscard]] Duration duration() const { return ended_at_ - offered_at_; }
    [[nodiscard]] std::uint64_t repaired() const { return items_.stats().repaired; }

private:
    using ItemSample = Sample<file_schema::FileItem>;

    [[nodiscard]] Result<void> receive();
    [[nodiscard]] Result<void> turn();
    void on_event(const Event& event);
    void on_item(const ItemSample& sample);
    void on_chunk(file_schema::FileItem::Chunk::Reader chunk);
    void on_offer(PeerId peer, file_schema::Offer::Reader offer);
    void accept(PeerId peer, const std::string& name, const Manifest& manifest);
    void follow(PeerId peer, const std::string& name);
    [[nodiscard]] std::string name_of(PeerId peer) const;
    [[nodiscard]] Result<void> check_patience(Instant now) const;
    [[nodiscard]] ReceiverState state() const;
    // Says where we are; what is wanted only as an answer. False if it could not be said now.
    bool say(ReceiverState state, bool with_wanted, const std::string& reason = {});
    void say_in_the_end(ReceiverState state, const std::string& reason = {});
    void show(Instant now);

    Session& session_;
    Terminal& terminal_;
    const Folder& folder_;
    Options options_;
    Publisher<file_schema::FileRequest> requests_;
    Subscriber<file_schema::FileItem> items_;
    std::optional<Incoming> incoming_;
    PeerId sender_;
    std::string sender_name_;
    PeerId ignored_;  // who offers something else, and was told of
    bool sender_gone_ = false;
    Instant gone_at_{};
    Instant offered_at_{};
    Instant ended_at_{};
    bool answer_due_ = false;
    std::uint64_t end_ = 0;  // what the answer is to
    Instant say_at_{};
    Instant save_at_{};
    Instant show_at_{};
    Progress progress_;
    Counts counts_;
    std::optional<Error> failure_;  // in a handler
};

}  // namespace mcast::cli
