#include "transports/uring/reception.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "transports/socket/engine.hpp"
#include "transports/socket/socket_address.hpp"

namespace mcast::uring {

namespace {

constexpr std::size_t round_to_words(std::size_t size) {
    return (size + 7) & ~std::size_t{7};
}

// Source and control messages lie between the head of a multishot arrival and its bytes, which
// shall begin at a multiple of 8.
constexpr std::size_t kNameSize = round_to_words(sizeof(socket::SocketAddress));
constexpr std::size_t kControlSize = round_to_words(socket::kArrivalControlSize);
constexpr std::uint32_t kFrontSize = sizeof(io_uring_recvmsg_out) + kNameSize + kControlSize;
static_assert(kFrontSize % 8 == 0);
// Enough for every run, since kRunBufferSize has some to spare.
static_assert(socket::kRunBufferSize - kFrontSize >= 65536);

// A socket that fails at once is asked again only so often, or wait() would not sleep.
constexpr Duration kRetry = std::chrono::milliseconds(1);

msghdr make_shape() {
    msghdr shape{};
    shape.msg_namelen = kNameSize;
    shape.msg_controllen = kControlSize;
    return shape;
}

}  // namespace

Reception::Reception(Ring& ring, const socket::Options& options, const Clock& clock)
    : ring_(ring),
      clock_(clock),
      shape_(make_shape()),
      pool_(options.receive_buffer_count,
            options.gro ? socket::kRunBufferSize : options.datagram_max + kFrontSize,
            BufferPool::Pages::WhenUsed),
      blocks_(pool_),
      reader_(options.datagram_max, clock) {
    refill();
    // A first touch of a page costs 2 microseconds; the first datagrams shall not pay for it.
    for (unsigned i = 0; i < BlockRing::kBlocks; ++i) {
        if (const Buffer& block = blocks_.peek(i); block)
            std::memset(block.data(), 0, kFrontSize + options.datagram_max);
    }
}

void Reception::add(socket::Receiver& receiver) {
    const auto free = std::find_if(places_.begin(), places_.end(), [](const Place& place) {
        return place.receiver == nullptr && !place.under_way;
    });
    const auto index = static_cast<std::uint32_t>(free - places_.begin());
    if (free == places_.end()) places_.emplace_back();
    places_[index].receiver = &receiver;
    places_[index].failures = 0;
    places_[index].stopping = false;
    receiver.place = index;
    ring_.register_file(index, receiver.socket.fd());
    ++stalled_count_;
    begin(index);
}

void Reception::stop(const socket::Receiver& receiver) {
    Place& place = places_[receiver.place];
    place.stopping = true;
    if (!place.under_way) return;
    // ENOENT: it has just ended by itself, which the next look tells.
    static_cast<void>(
        ring_.cancel(Tag{Tag::Kind::Receive, receiver.place, place.generation}.user_data()));
}

bool Reception::is_under_way(const socket::Receiver& receiver) const {
    return places_[receiver.place].under_way;
}

void Reception::forget(const socket::Receiver& receiver) {
    Place& place = places_[receiver.place];
    while (place.first != kNone) {
        const std::uint16_t block = place.first;
        pop(place);
        blocks_.take(block).reset();
    }
    if (run_from_ == &receiver) run_ = {};
    if (!place.under_way) --stalled_count_;
    ring_.forget_file(receiver.place);
    place.receiver = nullptr;
    ++place.generation;  // what still comes in its name is known to be late
}

void Reception::begin(std::uint32_t index) {
    Place& place = places_[index];
    io_uring_sqe* request = ring_.request();
    if (request == nullptr) return;
    io_uring_prep_recvmsg_multishot(request, place.receiver->socket.fd(),
                                    const_cast<msghdr*>(&shape_), 0);
    request->flags |= IOSQE_BUFFER_SELECT;
    request->buf_group = BlockRing::kGroup;
    request->user_data = Tag{Tag::Kind::Receive, index, place.generation}.user_data();
    ring_.use_file(*request, index);
    place.under_way = true;
    --stalled_count_;
}

void Reception::refill() {
    // What is here the kernel does not give back: one stays behind for a datagram that lies askew,
    // until there is no other one to receive into.
    blocks_.refill(1);
    if (blocks_.count() == arrived_count_ && run_.empty()) blocks_.refill(0);
}

void Reception::arm() {
    refill();
    if (stalled_count_ == 0 || blocks_.count() == arrived_count_) return;
    for (std::uint32_t i = 0; i < places_.size(); ++i) {
        // Those behind the one whose turn it was come first, so that buffers go round, too.
        const auto index = static_cast<std::uint32_t>((cursor_ + i) % places_.size());
        const Place& place = places_[index];
        if (place.receiver == nullptr || place.under_way || place.stopping) continue;
        if (place.failures > 1 && clock_.now() < place.retry_at) continue;
        begin(index);
    }
}

void Reception::on_completion(const Tag& tag, const Completion& completion) {
    const bool has_block = (completion.flags & IORING_CQE_F_BUFFER) != 0;
    const auto block = static_cast<std::uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
    Place& place = places_[tag.place];
    const bool late = place.receiver == nullptr || place.generation != tag.generation;
    if (has_block && (late || completion.result < 0))
        blocks_.take(block).reset();
    else if (has_block)
        append(place, block, static_cast<std::uint32_t>(completion.result));
    if ((completion.flags & IORING_CQE_F_MORE) != 0) return;
    place.under_way = false;
    if (!late) on_end(place, completion.result);
}

void Reception::on_end(Place& place, int result) {
    ++stalled_count_;
    if (place.stopping) return;
    ++place.receiver->counters->receive_stalls;
    // No failure of the socket: there was no buffer, somebody cancelled it, or (0 and more) the
    // ring had no room for another completion.
    if (result >= 0 || result == -ENOBUFS || result == -ECANCELED) return;
    ++place.failures;
    place.retry_at = clock_.now() + kRetry;
}

void Reception::append(Place& place, std::uint16_t block, std::uint32_t size) {
    arrivals_[block] = {size, kNone};
    if (place.first == kNone)
        place.first = block;
    else
        arrivals_[place.last].next = block;
    place.last = block;
    place.failures = 0;
    ++arrived_count_;
}

void Reception::pop(Place& place) {
    place.first = arrivals_[place.first].next;
    --arrived_count_;
}

Reception::Place* Reception::next_with_arrivals() {
    if (arrived_count_ == 0) return nullptr;
    while (places_[cursor_].first == kNone)
        cursor_ = (cursor_ + 1) % places_.size();
    return &places_[cursor_];
}

void Reception::read(Place& place) {
    const std::uint16_t block = place.first;
    const auto size = static_cast<int>(arrivals_[block].size);
    pop(place);
    Buffer buffer = blocks_.take(block);
    auto* const shape = const_cast<msghdr*>(&shape_);  // liburing only reads it
    io_uring_recvmsg_out* const out = io_uring_recvmsg_validate(buffer.data(), size, shape);
    if (out == nullptr) {
        ++place.receiver->counters->receive_truncated;
        return;
    }
    msghdr header{};
    header.msg_name = io_uring_recvmsg_name(out);
    header.msg_namelen = out->namelen;
    header.msg_control = buffer.data() + sizeof(*out) + kNameSize;
    header.msg_controllen = out->controllen;
    header.msg_flags = static_cast<int>(out->flags);
    buffer.resize(static_cast<std::uint32_t>(size));
    run_from_ = place.receiver;
    reader_.read(*place.receiver, header, buffer.slice(kFrontSize, buffer.size() - kFrontSize),
                 run_);
}

bool Reception::ready() const {
    if (run_.empty()) return arrived_count_ > 0;
    return !run_.is_askew() || buffers_free() > 0;
}

void Reception::drop_next() {
    TransportCounters& counters = *run_from_->counters;
    ++counters.receive_dropped;
    --counters.received_datagrams;
    counters.received_bytes -= run_.skip();
}

std::size_t Reception::take(std::span<Datagram> batch) {
    std::size_t filled = 0;
    while (filled < batch.size()) {
        if (run_.empty()) {
            Place* const place = next_with_arrivals();
            if (place == nullptr) break;
            read(*place);
            continue;
        }
        Buffer spare;
        if (run_.is_askew()) spare = pool_.allocate();
        if (!run_.is_askew() || spare)
            run_.take(batch[filled++], std::move(spare));
        else if (filled > 0 || buffers_free() == 0)
            break;  // whoever took them may give one back
        else
            drop_next();
    }
    if (!places_.empty()) cursor_ = (cursor_ + 1) % places_.size();
    return filled;
}

}  // namespace mcast::uring
