#pragma once

#include <string>

#include "tools/mcastd/metrics_writer.hpp"
#include "tools/mcastd/snapshot.hpp"

namespace mcastd {

// What is shown, as metrics; all names begin with "mcastd_". README.md lists them.
[[nodiscard]] std::string metrics_text(const Snapshot& snapshot, MetricsFormat format);

}  // namespace mcastd
