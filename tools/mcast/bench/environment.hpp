#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mcast::bench {

// What a figure depends on and a reader has to know: machine, kernel, interface, sysctls, build.
struct FactGroup {
    std::string name;
    std::vector<std::pair<std::string, std::string>> facts;
};

[[nodiscard]] std::vector<FactGroup> environment(const std::string& interface);
// {"machine": {"cpu": "…", …}, …}
[[nodiscard]] std::string to_json(const std::vector<FactGroup>& environment);

}  // namespace mcast::bench
