#include "transports/uring/uring_engine.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "transports/socket/system_error.hpp"
#include "transports/uring/refusal.hpp"
#include "transports/uring/tag.hpp"

namespace mcast::uring {

namespace {

// A cancelled request ends at once; this is for a kernel that is in no hurry.
constexpr Duration kCancelPatience = std::chrono::milliseconds(10);
constexpr int kCancelAttempts = 100;

}  // namespace

Result<std::unique_ptr<socket::Engine>> UringEngine::open(const Options& options,
                                                          const socket::Options& sockets,
                                                          const Clock& clock) {
    Result<std::unique_ptr<Ring>> ring = Ring::open();
    if (!ring) return ring.error();
    Result<socket::WaitSet> waits = socket::WaitSet::open();
    if (!waits) return waits.error();
    auto engine =
        std::make_unique<UringEngine>(options, sockets, clock, std::move(*waits), std::move(*ring));
    if (const int error = engine->reception_.connect(); error != 0)
        return refusal(Step::Buffers, error, present_facts());
    if (const int error = engine->waits_.show(engine->ring_->fd()); error != 0)
        return socket::system_error("wait for an io_uring", error);
    engine->arm_control();
    engine->ring_->submit();
    return std::unique_ptr<socket::Engine>(std::move(engine));
}

UringEngine::UringEngine(const Options& options, const socket::Options& sockets, const Clock& clock,
                         socket::WaitSet waits, std::unique_ptr<Ring> ring)
    : options_(options),
      clock_(clock),
      waits_(std::move(waits)),
      ring_(std::move(ring)),
      reception_(*ring_, sockets, clock),
      transmission_(*ring_) {
    if (options.napi_busy_poll > Duration::zero())
        napi_error_ = ring_->register_napi(options.napi_busy_poll);
}

UringEngine::~UringEngine() {
    // A ring that is closed ends its requests in its own time; the buffers must not go before.
    static_cast<void>(ring_->cancel_all());
    ring_->look();
    ring_.reset();
}

void UringEngine::describe(Capabilities& capabilities) const {
    capabilities.name = "uring";
    capabilities.fd = waits_.fd();
    std::vector<std::string>& notes = capabilities.notes;
    notes.emplace_back(
        "io_uring: one request a socket receives into a ring of provided buffers, a batch of sends "
        "is one system call (DEFER_TASKRUN, SINGLE_ISSUER)");
    notes.emplace_back(
        "no zero-copy send: on loopback and veth, where it was measured, the kernel copies all the "
        "same, which costs more");
    if (options_.napi_busy_poll <= Duration::zero()) return;
    notes.push_back(napi_error_ == 0 ? "waits poll the network device (NAPI)"
                                     : "no NAPI busy poll: " + socket::describe(napi_error_) +
                                           "; Linux 6.9 or newer is needed");
}

int UringEngine::add(socket::Receiver& receiver) {
    if (const int error = waits_.add(receiver); error != 0) return error;
    reception_.add(receiver);
    transmission_.forget(receiver.place);
    ring_->submit();
    return 0;
}

void UringEngine::remove(socket::Receiver& receiver) {
    waits_.remove(receiver);
    reception_.stop(receiver);
    ring_->look();
    take_completions();
    for (int i = 0; i < kCancelAttempts && reception_.is_under_way(receiver); ++i) {
        ring_->let_go();
        ring_->wait(kCancelPatience);
        take_completions();
    }
    reception_.forget(receiver);
    if (!reception_.pending()) ring_->let_go();
}

void UringEngine::arm_control() {
    if (control_armed_) return;
    io_uring_sqe* request = ring_->request();
    if (request == nullptr) return;
    // Once, not multishot: what is still readable when this is asked again completes at once.
    io_uring_prep_poll_add(request, waits_.control_fd(), POLLIN);
    request->user_data = Tag{Tag::Kind::Control}.user_data();
    control_armed_ = true;
}

void UringEngine::take_completions() {
    ring_->visit([this](const Completion& completion) {
        const Tag tag = Tag::of(completion.user_data);
        switch (tag.kind) {
            case Tag::Kind::Receive:
                reception_.on_completion(tag, completion);
                break;
            case Tag::Kind::Send:
                transmission_.on_completion(tag.place, completion.result);
                break;
            case Tag::Kind::Control:
                control_armed_ = false;
                disturbed_ = true;
                break;
            case Tag::Kind::None:
                break;
        }
    });
    if (disturbed_) waits_.look_at_control();
    // Nothing is left here that fd() should show.
    if (!reception_.pending()) ring_->let_go();
}

std::size_t UringEngine::send(const socket::Receiver& sender, std::span<mmsghdr> messages,
                              std::span<int> errors) {
    transmission_.submit(sender, messages, errors);
    take_completions();
    return transmission_.finish();
}

std::size_t UringEngine::receive(std::span<Datagram> batch) {
    std::size_t filled = reception_.take(batch);
    // What is left all the same has no buffer until the caller gives one back.
    if (filled < batch.size() && (filled == 0 || !reception_.pending())) {
        reception_.arm();
        arm_control();
        ring_->look();
        take_completions();
        disturbed_ = false;
        filled += reception_.take(batch.subspan(filled));
    }
    if (!reception_.pending()) ring_->let_go();
    return filled;
}

bool UringEngine::spin(Duration patience) {
    const Instant begin = clock_.now();
    do {
        ring_->look();
        take_completions();
        if (has_news()) return true;
    } while (clock_.now() - begin < patience);
    return false;
}

void UringEngine::wait(std::optional<Duration> timeout) {
    if (reception_.ready() || waits_.take_wake()) return;
    reception_.arm();
    arm_control();
    const Duration patience = std::min(timeout.value_or(options_.busy_poll), options_.busy_poll);
    const bool found = options_.busy_poll > Duration::zero() && spin(patience);
    if (!found) {
        if (timeout) *timeout -= patience;  // so long it was waited already
        if (reception_.is_stalled() || reception_.pending())
            timeout = std::min(timeout.value_or(socket::kBufferCheck), socket::kBufferCheck);
        ring_->let_go();
        ring_->wait(timeout);
        take_completions();
    }
    disturbed_ = false;
    static_cast<void>(waits_.take_wake());  // it ends this wait
}

}  // namespace mcast::uring
