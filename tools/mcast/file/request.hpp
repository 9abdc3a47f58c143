#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file.capnp.h"
#include "mcast/peer.hpp"
#include "tools/mcast/file/backlog.hpp"
#include "tools/mcast/file/manifest.hpp"

namespace mcast::cli {

using ReceiverState = file_schema::FileRequest::State;

[[nodiscard]] std::string_view to_string(ReceiverState state);  // "looking", …

// What a receiver says to a sender: where it is and what it lacks.
struct Request {
    // So that a request is well below message_size_max; who lacks more says it after the next end.
    static constexpr std::size_t kWantedMax = 8192;

    std::uint64_t receiver = 0;
    PeerId sender;
    ReceiverState state = ReceiverState::LOOKING;
    std::uint64_t have = 0;
    std::vector<Piece> wanted;
    std::uint64_t end = 0;
    std::string reason;

    void write(file_schema::FileRequest::Builder request) const;
    // Nothing if it does not fit the manifest: ranges beyond a file, a state that we do not know.
    [[nodiscard]] static std::optional<Request> read(file_schema::FileRequest::Reader request,
                                                     const Manifest& manifest);
};

}  // namespace mcast::cli
