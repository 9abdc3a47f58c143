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
    if (!types_.contains(id)) learn_types(topic);
    const auto found = types_.find(id);
    return found == types_.end() ? kAnyType : found->second;
}

void Names::learn_types(std::string_view topic) {
    for (const PeerInfo& peer : node_.peers()) {
        for (const PeerTopic& announced : peer.topics) {
            if (announced.name != topic) continue;
            types_[topic_id(topic, announced.type_id)] = announced.type_id;
        }
    }
}

void Names::on_event(const Event& event, std::string_view topic) {
    if (event.kind == EventKind::PeerUp) peers_[event.peer.value] = printable(event.peer_name);
    if (event.kind == EventKind::PeerUp || event.kind == EventKind::TopicChange) {
        learn_types(topic);
    }
}

}  // namespace mcast::cli
