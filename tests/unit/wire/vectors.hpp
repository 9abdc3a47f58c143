#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/header.hpp"

namespace mcast::wire::test {

using Bytes = std::vector<std::byte>;

// A datagram whose bytes are laid down in schemas/vectors/, and what a reader makes of it.
struct Vector {
    std::string name;     // of the file, without ".bin"
    std::string about;    // one sentence
    std::string verdict;  // see verdict.hpp
    Bytes bytes;
};

// All of them, in the order of schemas/vectors/index.json.
std::vector<Vector> make_vectors();
std::vector<Vector> make_hostile_vectors();
// Those of reliable streams.
std::vector<Vector> make_stream_vectors();
std::vector<Vector> make_hostile_stream_vectors();
// The text of schemas/vectors/index.json.
std::string make_index(std::span<const Vector> vectors);

// The header that all vectors have, but for kind and message_count.
Header sample_header(DatagramKind kind, std::uint16_t message_count);
// A header and what follows it.
Bytes make_datagram(const Header& header, std::span<const Bytes> messages);
// A header of `kind` and one message.
Bytes one_message(DatagramKind kind, const Bytes& message);
// A framed message of schemas/bytes.capnp, made by Cap'n Proto's own code.
Bytes bytes_message(std::string_view data);
// A framed announcement of three topics, and one without any.
Bytes announce_message();
Bytes bare_announce_message();
// A framed message of 224 bytes and its three fragments, as datagrams of at most 192 bytes.
Bytes large_message();
std::vector<Bytes> fragment_datagrams();

template <typename T>
void overwrite(Bytes& bytes, std::size_t offset, T value) {
    layout::store(bytes.data(), offset, value);
}

// A datagram in which `value` has been written at `offset`.
template <typename T>
Bytes changed(Bytes bytes, std::size_t offset, T value) {
    overwrite(bytes, offset, value);
    return bytes;
}

// A control message, as our own code writes it.
template <typename Write, typename Message>
Bytes control(Write&& write, const Message& message) {
    Bytes room(4096);
    room.resize(write(room, message));
    return room;
}

}  // namespace mcast::wire::test
