#include "tools/mcast/file/sender.hpp"

#include <algorithm>

#include "tools/mcast/duration.hpp"
#include "tools/mcast/file/topics.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// Chunks between two polls: so many fill the runs that leave as one send (44 datagrams).
constexpr int kChunksAtOnce = 64;
// While receivers have to take more first.
constexpr Duration kRefusedWait = std::chrono::microseconds(200);
// One offer answers all who asked meanwhile.
constexpr Duration kOfferEvery = std::chrono::milliseconds(100);
// Who does not answer an end by then is not waited for; what the others lack is sent.
constexpr Duration kAnswerTime = std::chrono::milliseconds(500);
// An end itself may have been lost, to somebody who was too slow for the stream.
constexpr Duration kAskEvery = std::chrono::seconds(1);
constexpr Duration kShowEvery = std::chrono::milliseconds(250);
constexpr Duration kSilentWait = std::chrono::milliseconds(500);

Manifest manifest_of(const std::vector<OutgoingFile>& files) {
    Manifest manifest;
    for (const OutgoingFile& file : files)
        manifest.files.push_back(file.offered());
    return manifest;
}

}  // namespace

Sender::Sender(Session& session, Terminal& terminal, const std::vector<OutgoingFile>& files,
               Options options)
    : session_(session),
      terminal_(terminal),
      files_(files),
      options_(options),
      manifest_(manifest_of(files)),
      items_(session.node().publisher<file_schema::FileItem>(kItemTopic, file_qos())),
      requests_(session.node().subscriber<file_schema::FileRequest>(kRequestTopic, file_qos())),
      recipients_(options.timeout),
      backlog_(files.size()) {}

Result<void> Sender::run() {
    if (!items_ || !requests_)
        return Error{ErrorCode::System, 0, "the topics for files were refused"};
    begun_at_ = session_.now();
    while (phase_ != Phase::Done) {
        if (session_.over()) {
            return Error{
                ErrorCode::TryAgain, 0,
                std::string(session_.interrupted() ? "interrupted" : "--duration is over") + "; " +
                    counted(recipients_.complete_count(), "receiver") + " of " +
                    std::to_string(recipients_.all().size()) + " had everything"};
        }
        if (auto turned = turn(); !turned) return turned;
        session_.wait(wait_until_);
        take_in();
    }
    ended_at_ = session_.now();
    terminal_.status("");
    for (const OutgoingFile& file : files_) {
        if (auto unchanged = file.check_unchanged(); !unchanged) return unchanged;
    }
    return {};
}

void Sender::take_in() {
    session_.drain_events([this](const Event& event) { on_event(event); });
    requests_.drain([this](const Sample<file_schema::FileRequest>& sample) {
        const auto request = Request::read(*sample, manifest_);
        if (!request) return;
        if (request->state == ReceiverState::LOOKING) offer_due_ = true;
        if (request->sender != session_.node().id()) return;
        std::string& name = names_[sample.peer()];
        if (name.empty()) {
            for (const PeerInfo& peer : session_.node().peers())
                if (peer.id == sample.peer()) name = printable(peer.name);
        }
        recipients_.on_request(name, sample.peer(), *request);
        if (request->state == ReceiverState::FAILED || request->state == ReceiverState::LEFT)
            terminal_.note(name + (request->state == ReceiverState::LEFT ? " left" : " failed") +
                           " at " + percent(request->have, manifest_.size()) + ": " +
                           printable(request->reason));
        for (const Piece& piece : request->wanted)
            backlog_.add(piece);
    });
    const Instant now = session_.now();
    if (now < show_at_) return;
    show_at_ = now + kShowEvery;
    show(now);
}

void Sender::on_event(const Event& event) {
    if (event.kind != EventKind::PeerDown) return;
    recipients_.on_gone(session_.now(), event.peer);
    for (const Recipient& recipient : recipients_.all()) {
        if (recipient.peer == event.peer && recipient.gone &&
            recipient.state != ReceiverState::COMPLETE &&
            recipient.state != ReceiverState::FAILED && recipient.state != ReceiverState::LEFT) {
            terminal_.note(recipient.name + " is gone at " +
                           percent(recipient.have, manifest_.size()) +
                           "; it may come back within " + format_duration(options_.timeout));
        }
    }
}

Result<void> Sender::turn() {
    const Instant now = session_.now();
    wait_until_ = now + kShowEvery;
    if (offer_due_ && now - offered_at_ >= kOfferEvery && publish_offer()) {
        offer_due_ = false;
        offered_at_ = now;
    }
    if (offer_due_) wait_until_ = std::min(wait_until_, now + kOfferEvery);
    switch (phase_) {
        case Phase::Waiting:
            return await_receivers(now);
        case Phase::Sending:
            return send(now);
        case Phase::Asking:
            ask(now);
            return {};
        case Phase::Done:
            return {};
    }
    return {};
}

Result<void> Sender::await_receivers(Instant now) {
    const std::size_t there = recipients_.ready_count();
    const std::string wanted = counted(options_.receivers, "receiver") + " in domain '" +
                               printable(session_.node().domain()) + "'";
    if (there >= options_.receivers) {
        begun_at_ = now;
        phase_ = Phase::Sending;
        wait_until_ = now;
        return {};
    }
    if (now - begun_at_ >= options_.timeout) {
        std::vector<std::string> names;
        for (const Recipient& recipient : recipients_.all())
            names.push_back(recipient.name + " (" + std::string(to_string(recipient.state)) + ")");
        return Error{ErrorCode::TryAgain, 0,
                     "waited " + format_duration(options_.timeout) + " for " + wanted + ", there " +
                         (there == 1 ? "is " : "are ") + std::to_string(there) + ": " +
                         (names.empty() ? session_.why_nobody(kItemTopic, "subscribes to")
                                        : join(names, ", "))};
    }
    if (!told_ && now - begun_at_ >= kSilentWait) {
        told_ = true;
        terminal_.note("waiting for " + wanted + ", up to " + format_duration(options_.timeout) +
                       " (`mcast receive-file` there)");
    }
    return {};
}

Result<void> Sender::send(Instant now) {
    if (recipients_.are_finished(now)) {
        phase_ = Phase::Done;
        return {};
    }
    // Nobody is there, but somebody may come back.
    if (recipients_.active_count() == 0) return {};
    for (int i = 0; i < kChunksAtOnce; ++i) {
        if (backlog_.empty()) {
            phase_ = Phase::Asking;
            ++end_;
            end_due_ = true;
            wait_until_ = now;
            return {};
        }
        const auto sent = send_piece();
        if (!sent) return sent.error();
        if (*sent) continue;
        wait_until_ = now + kRefusedWait;
        return {};
    }
    wait_until_ = now;
    return {};
}

Result<bool> Sender::send_piece() {
    const Piece piece = *backlog_.front(kChunkSize);
    auto loan = items_.loan(kChunkMessageSize);
    if (!loan) return false;
    auto chunk = loan->root().initChunk();
    chunk.setFile(piece.file);
    chunk.setOffset(piece.range.first);
    auto content = chunk.initContent(static_cast<unsigned>(piece.range.size()));
    const auto bytes = std::as_writable_bytes(std::span(content.begin(), content.size()));
    if (auto read = files_[piece.file].read(piece.range.first, bytes); !read) return read.error();
    loan->publish();
    backlog_.pop(piece);
    return true;
}

void Sender::ask(Instant now) {
    if (recipients_.are_finished(now)) {
        phase_ = Phase::Done;
        return;
    }
    if (end_due_) {
        wait_until_ = now + kRefusedWait;
        if (!publish_end()) return;
        end_due_ = false;
        asked_at_ = now;
    }
    const bool answered = recipients_.have_answered(end_);
    if (!backlog_.empty() && (answered || now - asked_at_ >= kAnswerTime)) {
        phase_ = Phase::Sending;
        wait_until_ = now;
    } else if (now - asked_at_ >= kAskEvery) {
        ++end_;
        end_due_ = true;
        wait_until_ = now;
    }
}

bool Sender::publish_offer() {
    auto loan = items_.loan();
    if (!loan) return false;
    manifest_.write(loan->root().initOffer());
    loan->publish();
    return true;
}

bool Sender::publish_end() {
    auto loan = items_.loan(64);
    if (!loan) return false;
    loan->root().setEnd(end_);
    loan->publish();
    return true;
}

void Sender::show(Instant now) {
    const std::uint64_t size = manifest_.size();
    const std::string what = manifest_.files.size() == 1 ? printable(manifest_.files.front().name)
                                                         : counted(manifest_.files.size(), "file");
    if (phase_ == Phase::Waiting) {
        terminal_.status(what + ", " + format_bytes(size) + ": " +
                         std::to_string(recipients_.ready_count()) + " of " +
                         counted(options_.receivers, "receiver") + " there");
        return;
    }
    std::uint64_t least = size;
    std::vector<std::string> each;
    for (const Recipient& recipient : recipients_.all()) {
        const bool active = !recipient.gone && (recipient.state == ReceiverState::WANTING ||
                                                recipient.state == ReceiverState::RECEIVING);
        if (active) least = std::min(least, recipient.have);
        each.push_back(recipient.name + " " +
                       (active ? percent(recipient.have, size)
                        : recipient.gone && recipient.state != ReceiverState::COMPLETE
                            ? std::string("gone")
                            : std::string(to_string(recipient.state))));
    }
    progress_.update(now, least, size);
    terminal_.status(what + "  " + progress_.text() + "  " + join(each, ", "));
}

}  // namespace mcast::cli
