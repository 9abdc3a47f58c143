#include "protocol/reassembler.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "protocol/limits.hpp"

namespace mcast::protocol {

namespace {

constexpr std::size_t kFragmentCountMax = std::numeric_limits<std::uint16_t>::max();

// Within the message, and the last fragment reaches exactly to its end.
bool plausible(const FragmentPiece& piece) {
    if (piece.index >= piece.count || piece.index >= piece.sequence) return false;
    if (piece.offset > piece.message_size) return false;
    const std::size_t rest = piece.message_size - piece.offset;
    return piece.index + 1u == piece.count ? piece.data.size() == rest : piece.data.size() < rest;
}

std::uint32_t slice_of(const FragmentPiece& piece) {
    if (piece.index + 1u < piece.count) return static_cast<std::uint32_t>(piece.data.size());
    return piece.count < 2 ? piece.message_size : piece.offset / (piece.count - 1u);
}

}  // namespace

Reassembler::Reassembler(std::size_t count, std::size_t message_size_max)
    : message_size_max_(message_size_max), assemblies_(count), pool_(count * 2, message_size_max) {
    for (Assembly& assembly : assemblies_)
        assembly.present.reserve(std::min(message_size_max / 8 + 1, kFragmentCountMax));
}

Reassembler::Result Reassembler::on_fragment(Instant now, const FragmentPiece& piece) {
    Result result;
    if (piece.message_size > message_size_max_) {
        result.outcome = Outcome::TooLarge;
        return result;
    }
    if (!plausible(piece)) {
        result.outcome = Outcome::Malformed;
        return result;
    }
    Assembly* assembly = find(piece.stream);
    const std::uint64_t first_sequence = piece.sequence - piece.index;
    if (assembly != nullptr && first_sequence > assembly->first_sequence) {
        result.abandoned_stream = assembly->stream;
        result.abandoned = give_up(*assembly);
        assembly = nullptr;
    }
    if (assembly == nullptr) assembly = begin(piece, result);
    if (assembly == nullptr) {
        result.outcome = Outcome::NoRoom;
        return result;
    }
    if (!matches(*assembly, piece)) {
        result.outcome = Outcome::Malformed;
        return result;
    }
    if (assembly->present[piece.index]) {
        result.outcome = Outcome::Duplicate;
        return result;
    }
    assembly->present[piece.index] = true;
    assembly->expires = assembly->keep ? kNever : now + kReassemblyTimeout;
    std::memcpy(assembly->message.data() + piece.offset, piece.data.data(), piece.data.size());
    if (++assembly->received == assembly->count) {
        result.outcome = Outcome::Complete;
        result.first_sequence = assembly->first_sequence;
        result.message = std::move(assembly->message);
    }
    return result;
}

Reassembler::Assembly* Reassembler::find(std::uint32_t stream) {
    for (Assembly& assembly : assemblies_)
        if (assembly.message && assembly.stream == stream) return &assembly;
    return nullptr;
}

Reassembler::Assembly* Reassembler::begin(const FragmentPiece& piece, Result& result) {
    Assembly* place = nullptr;
    for (Assembly& assembly : assemblies_) {
        if (!assembly.message) {
            place = &assembly;
            break;
        }
        if (assembly.keep) continue;
        if (place == nullptr || assembly.expires < place->expires) place = &assembly;
    }
    if (place == nullptr) return nullptr;
    Buffer message = pool_.allocate(piece.message_size);
    if (!message) return nullptr;  // complete ones wait to be drained; the open ones go on
    if (place->message) {
        result.abandoned_stream = place->stream;
        result.abandoned = give_up(*place);
    }
    message.resize(piece.message_size);
    place->message = std::move(message);
    place->stream = piece.stream;
    place->first_sequence = piece.sequence - piece.index;
    place->message_size = piece.message_size;
    place->slice = slice_of(piece);
    place->count = piece.count;
    place->received = 0;
    place->keep = piece.keep;
    place->present.assign(piece.count, false);
    return place;
}

bool Reassembler::matches(const Assembly& assembly, const FragmentPiece& piece) {
    // The offsets follow from the slice, so fragments that agree on it cannot overlap.
    return piece.sequence - piece.index == assembly.first_sequence &&
           piece.message_size == assembly.message_size && piece.count == assembly.count &&
           slice_of(piece) == assembly.slice &&
           piece.offset == static_cast<std::uint64_t>(piece.index) * assembly.slice;
}

std::uint32_t Reassembler::give_up(Assembly& assembly) {
    assembly.message.reset();
    return assembly.received;
}

bool Reassembler::wants(std::uint32_t stream, std::uint64_t sequence) const {
    for (const Assembly& assembly : assemblies_) {
        if (!assembly.message || assembly.stream != stream) continue;
        if (sequence < assembly.first_sequence) return false;
        const std::uint64_t index = sequence - assembly.first_sequence;
        return index < assembly.count && !assembly.present[static_cast<std::size_t>(index)];
    }
    return false;
}

std::uint32_t Reassembler::on_stream_passed(std::uint32_t stream, std::uint64_t sequence) {
    Assembly* assembly = find(stream);
    if (assembly == nullptr || sequence < assembly->first_sequence + assembly->count) return 0;
    return give_up(*assembly);
}

Instant Reassembler::deadline() const {
    Instant earliest = kNever;
    for (const Assembly& assembly : assemblies_)
        if (assembly.message) earliest = std::min(earliest, assembly.expires);
    return earliest;
}

}  // namespace mcast::protocol
