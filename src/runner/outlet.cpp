#include "runner/outlet.hpp"

#include <algorithm>
#include <utility>

#include "wire/frame.hpp"
#include "wire/header.hpp"

namespace mcast::detail {

namespace {

constexpr std::uint32_t kTableSize = 8;  // of a message in one segment

}  // namespace

Outlet::Outlet(RunnerCore& runner, OutgoingTopic& topic)
    : runner_(runner), topic_(topic), token_(runner.ready()) {}

Outlet::Outlet(const Outlet& other)
    : runner_(other.runner_), topic_(other.topic_), token_(other.runner_.ready()) {
    topic_.add_outlet();
}

Outlet::~Outlet() {
    // One that is not queued holds no message; its buffer goes back.
    if (open_ != nullptr && !open_queued_) settle(*std::exchange(open_, nullptr), true);
    if (topic_.drop_outlet()) runner_.on_topic_unused();
}

Draft* Outlet::acquire(std::size_t size_hint) {
    if (!runner_.accepting()) {
        topic_.count_stopped();
        return nullptr;
    }
    const std::size_t expected =
        std::max(size_hint != 0 ? size_hint : message_size_.expected(), wire::kMessageSizeMin);
    if (Draft* const draft = std::exchange(open_, nullptr)) {
        if (!open_queued_ || draft->lend(open_life_)) {
            if (draft->messages() == 0 || draft->size() + expected <= draft->room_end())
                return draft;
            settle(*draft, true);
        }
    }
    Draft* const draft = runner_.take_blank();
    if (draft == nullptr) {
        topic_.count_no_buffer();
        return nullptr;
    }
    draft->begin(topic_, topic_.room_end());
    return draft;
}

std::span<std::byte> Outlet::room(const Draft& draft) {
    const std::uint32_t begin = draft.size() + kTableSize;
    return {draft.data() + begin, draft.room_end() - begin};
}

void Outlet::publish(Draft& draft, RoomBuilder& builder) {
    bool sealed = topic_.singly();
    if (builder.in_room()) {
        const std::size_t size = builder.getSegmentsForOutput()[0].size() * sizeof(capnp::word);
        wire::write_segment_table(
            std::span<std::byte, kTableSize>(draft.data() + draft.size(), kTableSize), size);
        draft.add(static_cast<std::uint32_t>(kTableSize + size));
        message_size_.on_published(kTableSize + size);
        sealed = sealed || draft.size() + message_size_.expected() > draft.room_end();
    } else {
        draft.add_apart(builder);
        draft.wipe();
        message_size_.on_published(draft.apart().size());
        sealed = true;
    }
    settle(draft, sealed);
}

void Outlet::give_back(Draft& draft) {
    draft.wipe();
    settle(draft, false);
}

void Outlet::settle(Draft& draft, bool sealed) {
    // Another loan's draft is open by now: this one is not gone on with.
    sealed = sealed || open_ != nullptr;
    const bool blank = draft.messages() == 0 && draft.apart().empty();
    if (blank && !sealed && !draft.queued()) {
        open_ = &draft;  // still lent
        open_queued_ = false;
        return;
    }
    const bool first = !draft.queued();
    draft.set_queued();
    const std::uint64_t life = draft.life();
    const bool kept = draft.settle(sealed);
    // From here on it is the I/O thread's whenever that likes, if it is queued.
    if (kept && !sealed) {
        open_ = &draft;
        open_life_ = life;
        open_queued_ = true;
    }
    if (first || !kept) enqueue(draft);
}

void Outlet::enqueue(Draft& draft) {
    const bool queued = runner_.ready().enqueue(token_, &draft);
    MCAST_ASSERT(queued, "the system has no memory left for the runner's queue");
    runner_.ring();
}

}  // namespace mcast::detail
