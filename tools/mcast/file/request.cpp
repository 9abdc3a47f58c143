#include "tools/mcast/file/request.hpp"

#include <algorithm>
#include <array>

namespace mcast::cli {
namespace {

constexpr std::array<std::string_view, 7> kStates = {
    "looking", "wanting", "receiving", "checking", "complete", "failed", "left",
};
constexpr std::size_t kReasonMax = 500;  // bytes

}  // namespace

std::string_view to_string(ReceiverState state) {
    const auto number = static_cast<std::size_t>(state);
    return number < kStates.size() ? kStates[number] : "unknown";
}

void Request::write(file_schema::FileRequest::Builder request) const {
    request.setReceiver(receiver);
    request.setSender(sender.value);
    request.setState(state);
    request.setHave(have);
    request.setEnd(end);
    if (!reason.empty()) request.setReason(reason);
    const std::size_t count = std::min(wanted.size(), kWantedMax);
    auto list = request.initWanted(static_cast<unsigned>(count));
    for (unsigned i = 0; i < count; ++i) {
        list[i].setFile(wanted[i].file);
        list[i].setFirst(wanted[i].range.first);
        list[i].setSize(wanted[i].range.size());
    }
}

std::optional<Request> Request::read(file_schema::FileRequest::Reader request,
                                     const Manifest& manifest) {
    Request read;
    read.receiver = request.getReceiver();
    read.sender = PeerId{request.getSender()};
    read.state = request.getState();
    read.have = request.getHave();
    read.end = request.getEnd();
    read.reason = std::string(request.getReason().cStr()).substr(0, kReasonMax);
    if (static_cast<std::size_t>(read.state) >= kStates.size() || read.have > manifest.size() ||
        request.getWanted().size() > kWantedMax)
        return std::nullopt;
    for (const auto each : request.getWanted()) {
        const Range range{each.getFirst(), each.getFirst() + each.getSize()};
        if (!manifest.has(each.getFile(), range)) return std::nullopt;
        read.wanted.push_back({each.getFile(), range});
    }
    return read;
}

}  // namespace mcast::cli
