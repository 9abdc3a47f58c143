#include "tools/mcast/names.hpp"

#include "mcast/topic.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {

const std::string& Names::peer(PeerId id) {
    auto found = peers_.find(id.value);
    if (found == peers_.end()) {
        for (const PeerInfo& peer : node_.peers())
            peers_[peer.id.value] = printable(peer.name);
        found = peers_.try_emplace(id.value, to_string(id)).first;
    }
    return found->second;
}

const std::string& Names::interface(InterfaceIndex index) {
    auto found = interfaces_.find(index.value);
    if (found == interfaces_.end()) {
        for (const InterfaceStatus& status : node_.interfaces()) {
            interfaces_[status.interface.index.value] = printable(status.interface.name);
        }
        found = interfaces_.try_emplace(index.value, "#" + std::to_string(index.value)).first;
    }
    return found->second;
}

std::uint64_t Names::type(std::uint64_t id, std::string_view topic) {
    if (id == topic_id(topic, kBytesType)) return kBytesType;
    if (const auto found = types_.find(id); found != types_.end()) return found->second;
    for (const PeerInfo& peer : node_.peers()) {
        for (const PeerTopic& announced : peer.topics) {
            if (announced.name != topic || topic_id(topic, announced.type_id) != id) continue;
            return types_[id] = announced.type_id;
        }
    }
    return kAnyType;
}

}  // namespace mcast::cli
