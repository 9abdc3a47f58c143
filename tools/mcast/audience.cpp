#include "tools/mcast/audience.hpp"

#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// A publisher without end must not remember subscribers without end.
constexpr std::size_t kMembersMax = 4096;

}  // namespace

void Audience::update(std::span<const ReceiverInfo> receivers) {
    for (auto& [peer, member] : members_)
        member.left = true;
    for (const ReceiverInfo& info : receivers) {
        if (members_.size() >= kMembersMax && !members_.contains(info.peer)) continue;
        members_[info.peer] = {info, false};
    }
}

std::uint64_t Audience::lacking(const Member& member, std::uint64_t newest) {
    return newest > member.info.acknowledged ? newest - member.info.acknowledged : 0;
}

bool Audience::is_complete(std::uint64_t newest) const {
    for (const auto& [peer, member] : members_)
        if (lacking(member, newest) > 0 || member.info.lost > 0) return false;
    return true;
}

std::vector<std::string> Audience::complaints(std::uint64_t newest) const {
    std::vector<std::string> all;
    for (const auto& [peer, member] : members_) {
        const std::uint64_t lacks = lacking(member, newest);
        if (lacks == 0 && member.info.lost == 0) continue;
        std::string text = printable(member.info.peer_name) + " (" + to_string(peer) + ")";
        if (member.left)
            text += " left and";
        else if (member.info.lagging)
            text += " is too slow, was no longer waited for, and";
        if (lacks > 0) text += " lacks the last " + counted(lacks, "datagram");
        if (member.info.lost > 0)
            text += (lacks > 0 ? " and" : "") + std::string(" gave up ") +
                    counted(member.info.lost, "datagram") + " on the way";
        all.push_back(text);
    }
    return all;
}

void Audience::write(JsonWriter& json, std::uint64_t newest) const {
    json.begin_array();
    for (const auto& [peer, member] : members_) {
        json.begin_object().field("id", to_string(peer)).field("name", member.info.peer_name);
        json.field("acknowledged", member.info.acknowledged);
        json.field("lacking", lacking(member, newest)).field("lost", member.info.lost);
        json.field("missed", member.info.missed).field("lagging", member.info.lagging);
        json.field("left", member.left).end_object();
    }
    json.end_array();
}

}  // namespace mcast::cli
