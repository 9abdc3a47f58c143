#include "mcast/runner.hpp"

#include <utility>

#include "runner/inlet.hpp"
#include "runner/outlet.hpp"
#include "runner/runner_core.hpp"

namespace mcast {

namespace detail {

DraftRoom::~DraftRoom() {
    if (outlet_ != nullptr) outlet_->give_back(*draft_);
}

std::span<std::byte> DraftRoom::segment() const {
    return Outlet::room(*draft_);
}

void DraftRoom::publish(RoomBuilder& builder) {
    std::exchange(outlet_, nullptr)->publish(*draft_, builder);
}

OutletHandle::OutletHandle() noexcept = default;
OutletHandle::OutletHandle(std::unique_ptr<Outlet> outlet) noexcept : outlet_(std::move(outlet)) {}
OutletHandle::OutletHandle(const OutletHandle& other)
    : outlet_(other.outlet_ ? std::make_unique<Outlet>(*other.outlet_) : nullptr) {}
OutletHandle::OutletHandle(OutletHandle&& other) noexcept = default;
OutletHandle& OutletHandle::operator=(OutletHandle other) noexcept {
    std::swap(outlet_, other.outlet_);
    return *this;
}
OutletHandle::~OutletHandle() = default;

std::size_t OutletHandle::listeners() const {
    return outlet_ ? outlet_->topic().listeners() : 0;
}
RunnerPublisherStats OutletHandle::stats() const {
    return outlet_ ? outlet_->runner().stats(outlet_->topic()) : RunnerPublisherStats{};
}
Draft* OutletHandle::acquire(std::size_t size_hint) {
    return outlet_ ? outlet_->acquire(size_hint) : nullptr;
}

InletHandle::InletHandle() noexcept = default;
InletHandle::InletHandle(std::unique_ptr<Inlet> inlet) noexcept : inlet_(std::move(inlet)) {}
InletHandle::InletHandle(const InletHandle& other)
    : inlet_(other.inlet_ ? std::make_unique<Inlet>(*other.inlet_) : nullptr) {}
InletHandle::InletHandle(InletHandle&& other) noexcept = default;
InletHandle& InletHandle::operator=(InletHandle other) noexcept {
    std::swap(inlet_, other.inlet_);
    return *this;
}
InletHandle::~InletHandle() = default;

bool InletHandle::wait_for(Duration duration) {
    return inlet_ && inlet_->wait_for(duration);
}
SubscriberStats InletHandle::stats() const {
    return inlet_ ? inlet_->runner().stats(inlet_->topic()) : SubscriberStats{};
}
void InletHandle::begin_drain() {
    if (inlet_) inlet_->begin();
}
const MessageView* InletHandle::next() {
    return inlet_ ? inlet_->next() : nullptr;
}
void InletHandle::reject() {
    inlet_->reject();
}

}  // namespace detail

Result<Runner> Runner::open(const NodeOptions& node, const RunnerOptions& options) {
    auto core = std::make_unique<detail::RunnerCore>(node, options);
    if (const Result<void> opened = core->open(); !opened) return opened.error();
    return Runner(std::move(core));
}

Runner::Runner(std::unique_ptr<detail::RunnerCore> core) : core_(std::move(core)) {}
Runner::Runner(Runner&&) noexcept = default;
Runner& Runner::operator=(Runner&&) noexcept = default;
Runner::~Runner() = default;

detail::OutletHandle Runner::make_outlet(std::string_view topic, std::uint64_t type_id,
                                         const Qos& qos) {
    detail::OutgoingTopic* const made = core_->publish(topic, type_id, qos);
    if (made == nullptr) return {};
    return detail::OutletHandle(std::make_unique<detail::Outlet>(*core_, *made));
}

detail::InletHandle Runner::make_inlet(std::string_view topic, std::uint64_t type_id,
                                       const Qos& qos) {
    detail::IncomingTopic* const made = core_->subscribe(topic, type_id, qos);
    if (made == nullptr) return {};
    return detail::InletHandle(std::make_unique<detail::Inlet>(*core_, *made));
}

std::size_t Runner::drain_events_into(void (*handler)(void*, const Event&), void* target) {
    std::size_t count = 0;
    detail::EventRecord record;
    while (core_->events().pop(record)) {
        handler(target, record.event);
        ++count;
    }
    return count;
}

bool Runner::call_with(void (*work)(void*, Node&), void* target) {
    return core_->call(work, target);
}

RunnerStats Runner::stats() const {
    return core_->stats();
}

void Runner::stop() {
    core_->stop();
}

}  // namespace mcast
