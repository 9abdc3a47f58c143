#include "relay/reply_table.hpp"

#include <utility>

#include "base/hash.hpp"
#include "mcast/assert.hpp"

namespace mcast::relay {

namespace {

void add_endpoint(Hash& hash, const Endpoint& endpoint) {
    for (const std::uint8_t byte : endpoint.address.bytes())
        hash.add(static_cast<std::byte>(byte));
    hash.add(static_cast<std::byte>(endpoint.port >> 8));
    hash.add(static_cast<std::byte>(endpoint.port & 0xff));
}

}  // namespace

std::uint64_t ReplyTable::AskerHash::operator()(const AskerKey& key) const {
    Hash hash;
    add_endpoint(hash, key.asker);
    add_endpoint(hash, key.destination);
    return split_mix(hash.value() + key.interface.value +
                     key.asker_interface.value * kSplitMixStep);
}

std::uint64_t ReplyTable::SocketHash::operator()(PlainSocketId id) const {
    return split_mix(id.value);
}

ReplyTable::AskerKey ReplyTable::key_of(const Lease& lease) {
    return {lease.asker, lease.asker_interface, lease.destination, lease.interface};
}

ReplyTable::ReplyTable(std::size_t capacity)
    : entries_(capacity), by_asker_(capacity), by_socket_(capacity) {
    MCAST_ASSERT(capacity > 0, "a table of leases holds one");
    for (std::uint32_t place = 0; place < capacity; ++place)
        entries_[place].newer = place + 1 < capacity ? place + 1 : kNone;
    free_ = 0;
}

void ReplyTable::link(std::uint32_t place) {
    entries_[place].older = newest_;
    entries_[place].newer = kNone;
    (newest_ == kNone ? oldest_ : entries_[newest_].newer) = place;
    newest_ = place;
}

void ReplyTable::unlink(std::uint32_t place) {
    const Entry& entry = entries_[place];
    (entry.older == kNone ? oldest_ : entries_[entry.older].newer) = entry.newer;
    (entry.newer == kNone ? newest_ : entries_[entry.newer].older) = entry.older;
}

Lease ReplyTable::remove(std::uint32_t place) {
    unlink(place);
    const Lease lease = entries_[place].lease;
    by_asker_.erase(key_of(lease));
    by_socket_.erase(lease.socket);
    entries_[place].newer = free_;
    free_ = place;
    return lease;
}

const Lease* ReplyTable::renew(Instant now, const Endpoint& asker, InterfaceIndex asker_interface,
                               const Endpoint& destination, InterfaceIndex interface) {
    const std::uint32_t* place = by_asker_.find({asker, asker_interface, destination, interface});
    if (place == nullptr) return nullptr;
    unlink(*place);
    link(*place);
    Lease& lease = entries_[*place].lease;
    lease.until = now + lease.term;
    return &lease;
}

const Lease* ReplyTable::find(Instant now, PlainSocketId socket) const {
    const std::uint32_t* place = by_socket_.find(socket);
    if (place == nullptr || entries_[*place].lease.until <= now) return nullptr;
    return &entries_[*place].lease;
}

std::optional<Lease> ReplyTable::add(Instant now, Lease lease) {
    std::optional<Lease> gone;
    if (const std::uint32_t* same = by_asker_.find(key_of(lease)); same != nullptr) {
        gone = remove(*same);
    } else if (full()) {
        ++evicted_;
        gone = remove(oldest_);
    }
    lease.until = now + lease.term;
    const std::uint32_t place = free_;
    free_ = entries_[place].newer;
    entries_[place].lease = lease;
    link(place);
    by_asker_.insert(key_of(lease), place);
    by_socket_.insert(lease.socket, place);
    return gone;
}

std::optional<Lease> ReplyTable::expire(Instant now) {
    // Of different terms one that is over may stand behind one that is not: it waits for it.
    if (oldest_ == kNone || entries_[oldest_].lease.until > now) return std::nullopt;
    return remove(oldest_);
}

Instant ReplyTable::deadline() const {
    return oldest_ == kNone ? kNever : entries_[oldest_].lease.until;
}

}  // namespace mcast::relay
