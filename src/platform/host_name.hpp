#pragma once

#include <string>

namespace mcast::platform {

// The machine's name without its domain, "localhost" if it has none; plain text of at most 52
// bytes.
[[nodiscard]] std::string host_name();

// What a node is called when nobody named it: "living-room-4711", host name and process id. At
// most kPeerNameMax bytes.
[[nodiscard]] std::string default_node_name();

}  // namespace mcast::platform
