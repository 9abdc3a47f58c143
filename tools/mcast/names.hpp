#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mcast/event.hpp"
#include "mcast/interface.hpp"
#include "mcast/node.hpp"
#include "mcast/peer.hpp"

namespace mcast::cli {

// Names of peers and interfaces, fit to be shown, remembered also when they are gone.
class Names {
public:
    explicit Names(const Node& node) : node_(node) {}

    [[nodiscard]] const std::string& peer(PeerId id);
    [[nodiscard]] const std::string& interface(InterfaceIndex index);
    // The Cap'n Proto type of a topic id of that name, as its publisher announced it; kAnyType if
    // nobody did.
    [[nodiscard]] std::uint64_t type(std::uint64_t topic_id, std::string_view topic);

    // To be called for each event: a peer may be gone when what it sent is shown.
    void on_event(const Event& event, std::string_view topic);

private:
    void learn_types(std::string_view topic);

    const Node& node_;
    std::unordered_map<std::uint64_t, std::string> peers_;
    std::unordered_map<std::uint32_t, std::string> interfaces_;
    std::unordered_map<std::uint64_t, std::uint64_t> types_;
};

}  // namespace mcast::cli
