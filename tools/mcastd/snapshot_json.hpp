#pragma once

#include <string>

#include "tools/mcastd/snapshot.hpp"

namespace mcastd {

// The documents of the control socket and of --json, each an object on one line. Members are only
// added, never renamed.
[[nodiscard]] std::string status_json(const Snapshot& snapshot);      // all but the lists below
[[nodiscard]] std::string interfaces_json(const Snapshot& snapshot);  // {"interfaces": […]}
[[nodiscard]] std::string peers_json(const Snapshot& snapshot);
[[nodiscard]] std::string topics_json(const Snapshot& snapshot);
[[nodiscard]] std::string rules_json(const Snapshot& snapshot);

}  // namespace mcastd
