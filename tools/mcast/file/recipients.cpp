#include "tools/mcast/file/recipients.hpp"

#include <algorithm>

namespace mcast::cli {
namespace {

// Far more than a LAN has; bounds the memory that numbers made up by somebody could take.
constexpr std::size_t kRecipientsMax = 4096;

}  // namespace

void Recipients::on_request(const std::string& name, PeerId peer, const Request& request) {
    if (request.state == ReceiverState::LOOKING) return;
    auto found = std::find_if(all_.begin(), all_.end(), [&](const Recipient& recipient) {
        return recipient.number == request.receiver;
    });
    if (found == all_.end()) {
        if (all_.size() >= kRecipientsMax) return;
        found = all_.insert(all_.end(), Recipient{});
        found->number = request.receiver;
    }
    found->peer = peer;
    found->name = name;
    found->state = request.state;
    found->have = request.have;
    found->answered = std::max(found->answered, request.end);
    found->reason = request.reason;
    found->gone = false;
}

void Recipients::on_gone(Instant now, PeerId peer) {
    for (Recipient& recipient : all_) {
        if (recipient.peer != peer || recipient.gone) continue;
        recipient.gone = true;
        recipient.gone_at = now;
    }
}

bool Recipients::is_finished(const Recipient& recipient) {
    return recipient.state == ReceiverState::COMPLETE || recipient.state == ReceiverState::FAILED ||
           recipient.state == ReceiverState::LEFT;
}

std::size_t Recipients::active_count() const {
    return static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(),
        [](const Recipient& recipient) { return !is_finished(recipient) && !recipient.gone; }));
}

std::size_t Recipients::ready_count() const {
    return active_count() + complete_count();
}

std::size_t Recipients::complete_count() const {
    return static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(),
        [](const Recipient& recipient) { return recipient.state == ReceiverState::COMPLETE; }));
}

bool Recipients::have_answered(std::uint64_t end) const {
    return std::all_of(all_.begin(), all_.end(), [&](const Recipient& recipient) {
        return is_finished(recipient) || recipient.gone || recipient.answered >= end ||
               recipient.state == ReceiverState::CHECKING;
    });
}

bool Recipients::are_finished(Instant now) const {
    return std::all_of(all_.begin(), all_.end(), [&](const Recipient& recipient) {
        return is_finished(recipient) || (recipient.gone && now - recipient.gone_at >= absence_);
    });
}

}  // namespace mcast::cli
