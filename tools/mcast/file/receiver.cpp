#include "tools/mcast/file/receiver.hpp"

#include <algorithm>
#include <utility>

#include "tools/mcast/duration.hpp"
#include "tools/mcast/file/topics.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr Duration kLookEvery = std::chrono::milliseconds(300);
constexpr Duration kSayEvery = std::chrono::milliseconds(500);
// What a kill may cost at most is received again.
constexpr Duration kSaveEvery = std::chrono::milliseconds(500);
constexpr Duration kShowEvery = std::chrono::milliseconds(250);
// For one that is gone, unless --timeout says otherwise: long enough to start it again.
constexpr Duration kAbsence = std::chrono::seconds(30);
// For the sender to hear our last word.
constexpr Duration kFarewell = std::chrono::seconds(2);

}  // namespace

Receiver::Receiver(Session& session, Terminal& terminal, const Folder& folder, Options options)
    : session_(session),
      terminal_(terminal),
      folder_(folder),
      options_(std::move(options)),
      requests_(session.node().publisher<file_schema::FileRequest>(kRequestTopic, file_qos())),
      items_(session.node().subscriber<file_schema::FileItem>(kItemTopic, file_qos())) {}

Result<void> Receiver::run() {
    if (!requests_ || !items_)
        return Error{ErrorCode::System, 0, "the topics for files were refused"};
    auto received = receive();
    ended_at_ = session_.now();
    terminal_.status("");
    if (received) {
        say_in_the_end(ReceiverState::COMPLETE);
        return {};
    }
    Error error = received.error();
    const bool stopped = error.code == ErrorCode::TryAgain && session_.interrupted();
    if (incoming_) {
        if (auto saved = incoming_->save(); saved && incoming_->have() > 0)
            error.what += "; " + percent(incoming_->have(), incoming_->manifest().size()) +
                          " is kept, and a later receive-file goes on from there";
    }
    if (sender_)
        say_in_the_end(stopped ? ReceiverState::LEFT : ReceiverState::FAILED,
                       received.error().what);
    return error;
}

Result<void> Receiver::receive() {
    while (true) {
        const Instant now = session_.now();
        if (session_.over()) {
            return Error{ErrorCode::TryAgain, 0,
                         session_.interrupted() ? "interrupted" : "--duration is over"};
        }
        const bool checking = incoming_ && incoming_->has_all();
        session_.wait(checking ? now : std::min({say_at_, save_at_, show_at_}));
        session_.drain_events([this](const Event& event) { on_event(event); });
        items_.drain([this](const ItemSample& sample) { on_item(sample); });
        if (failure_) return *failure_;
        if (auto turned = turn(); !turned) return turned;
        if (incoming_ && incoming_->is_finished()) return {};
    }
}

Result<void> Receiver::turn() {
    const Instant now = session_.now();
    if (auto patient = check_patience(now); !patient) return patient;
    if (incoming_) {
        const std::uint64_t had = incoming_->have();
        if (auto checked = incoming_->check_some(); !checked) return checked.error();
        // What was there was something else, which --force has us receive.
        if (incoming_->have() < had) answer_due_ = true;
    }
    if (answer_due_ && say(state(), true)) answer_due_ = false;
    if (now >= say_at_) {
        const ReceiverState here = state();
        say_at_ = now + (here == ReceiverState::LOOKING ? kLookEvery : kSayEvery);
        say(here == ReceiverState::WANTING ? ReceiverState::RECEIVING : here, false);
    }
    if (now >= save_at_) {
        save_at_ = now + kSaveEvery;
        if (incoming_) {
            if (auto saved = incoming_->save(); !saved) return saved;
        }
    }
    if (now >= show_at_) {
        show_at_ = now + kShowEvery;
        show(now);
    }
    return {};
}

ReceiverState Receiver::state() const {
    if (!incoming_ || (sender_gone_ && !incoming_->has_all())) return ReceiverState::LOOKING;
    if (incoming_->is_finished()) return ReceiverState::COMPLETE;
    return incoming_->has_all() ? ReceiverState::CHECKING : ReceiverState::WANTING;
}

void Receiver::on_event(const Event& event) {
    if (event.kind != EventKind::PeerDown || event.peer != sender_ || sender_gone_) return;
    sender_gone_ = true;
    gone_at_ = session_.now();
    if (!incoming_->has_all()) {
        terminal_.note("sender " + sender_name_ + " is gone at " +
                       percent(incoming_->have(), incoming_->manifest().size()) +
                       "; going on when it offers this again, up to " +
                       format_duration(options_.timeout.value_or(kAbsence)));
    }
}

Result<void> Receiver::check_patience(Instant now) const {
    if (incoming_ && (!sender_gone_ || incoming_->has_all())) return {};
    if (!incoming_) {
        if (!options_.timeout || now - session_.opened_at() < *options_.timeout) return {};
        return Error{
            ErrorCode::System, 0,
            "waited " + format_duration(*options_.timeout) + " for " +
                (options_.from.empty() ? "a sender" : "sender '" + printable(options_.from) + "'") +
                ": " + session_.why_nobody(kItemTopic, "publishes to")};
    }
    const Duration absence = options_.timeout.value_or(kAbsence);
    if (now - gone_at_ < absence) return {};
    return Error{ErrorCode::System, 0,
                 "sender " + sender_name_ + " was gone for " + format_duration(absence)};
}

std::string Receiver::name_of(PeerId peer) const {
    for (const PeerInfo& info : session_.node().peers())
        if (info.id == peer) return printable(info.name);
    return to_string(peer);
}

void Receiver::on_item(const ItemSample& sample) {
    if (failure_) return;
    const PeerId peer = sample.peer();
    switch (sample->which()) {
        case file_schema::FileItem::OFFER:
            return on_offer(peer, sample->getOffer());
        case file_schema::FileItem::CHUNK:
            if (incoming_ && peer == sender_) on_chunk(sample->getChunk());
            return;
        case file_schema::FileItem::END:
            if (!incoming_ || peer != sender_) return;
            end_ = sample->getEnd();
            answer_due_ = true;
            return;
    }
}

void Receiver::on_chunk(file_schema::FileItem::Chunk::Reader chunk) {
    const auto content = chunk.getContent();
    const Piece piece{chunk.getFile(), {chunk.getOffset(), chunk.getOffset() + content.size()}};
    if (!incoming_->manifest().has(piece.file, piece.range)) return;
    const auto written =
        incoming_->write(piece, std::as_bytes(std::span(content.begin(), content.size())));
    if (!written) {
        failure_ = written.error();
        return;
    }
    ++counts_.chunks;
    if (!*written) ++counts_.repeated;
}

void Receiver::on_offer(PeerId peer, file_schema::Offer::Reader offer) {
    if (incoming_ && peer == sender_ && !sender_gone_) return;  // for one who came later
    const std::string name = name_of(peer);
    if (!options_.from.empty() && name != printable(options_.from)) return;
    auto manifest = Manifest::read(offer);
    const bool same = manifest && incoming_ && *manifest == incoming_->manifest();
    if (manifest && !incoming_) return accept(peer, name, *manifest);
    if (same && sender_gone_) return follow(peer, name);
    if (peer == std::exchange(ignored_, peer)) return;
    terminal_.note(!manifest ? "ignoring an offer of " + name + ": " + manifest.error().what
                             : name + " offers " + (same ? "the same" : "other files") +
                                   ", too; receiving from " + sender_name_ +
                                   " (--from chooses the sender)");
}

void Receiver::accept(PeerId peer, const std::string& name, const Manifest& manifest) {
    auto opened = Incoming::open(folder_, manifest, options_.force);
    if (!opened) {
        // Whom to tell.
        sender_ = peer;
        failure_ = opened.error();
        return;
    }
    incoming_.emplace(std::move(*opened));
    offered_at_ = session_.now();
    follow(peer, name);
    if (incoming_->resumed() > 0)
        terminal_.note("going on with " +
                       percent(incoming_->resumed(), incoming_->manifest().size()) +
                       " that is there");
}

void Receiver::follow(PeerId peer, const std::string& name) {
    sender_ = peer;
    sender_name_ = name;
    sender_gone_ = false;
    end_ = 0;
    answer_due_ = true;
    terminal_.note(name + " offers " + counted(incoming_->manifest().files.size(), "file") + ", " +
                   format_bytes(incoming_->manifest().size()));
}

bool Receiver::say(ReceiverState state, bool with_wanted, const std::string& reason) {
    Request request;
    request.sender = sender_;
    request.state = state;
    request.reason = reason;
    request.receiver = session_.node().id().value;  // as long as there is nothing to go on with
    if (incoming_) {
        request.receiver = incoming_->number();
        request.have = incoming_->have();
        request.end = with_wanted ? end_ : 0;
        if (with_wanted) request.wanted = incoming_->wanted();
    }
    const std::size_t count = std::min(request.wanted.size(), Request::kWantedMax);
    auto loan = requests_.loan(128 + reason.size() + count * sizeof(Piece));
    if (!loan) return false;
    request.write(loan->root());
    loan->publish();
    return true;
}

void Receiver::say_in_the_end(ReceiverState state, const std::string& reason) {
    const Instant deadline = session_.now() + kFarewell;
    while (!say(state, false, reason) && session_.now() < deadline)
        session_.node().poll_until(session_.now() + std::chrono::milliseconds(1));
    static_cast<void>(requests_.flush_until_acknowledged(deadline));
}

void Receiver::show(Instant now) {
    if (!incoming_) {
        terminal_.status("waiting for " +
                         (options_.from.empty() ? "a sender" : printable(options_.from)) +
                         "  (`mcast send-file FILE` in the same network)");
        return;
    }
    progress_.update(now, incoming_->have(), incoming_->manifest().size());
    const auto& files = incoming_->manifest().files;
    const std::string what =
        files.size() == 1 ? printable(files.front().name) : counted(files.size(), "file");
    terminal_.status(what + "  " +
                     (incoming_->has_all() ? "checking what has arrived" : progress_.text()));
}

}  // namespace mcast::cli
