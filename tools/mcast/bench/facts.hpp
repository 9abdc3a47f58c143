#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mcast::bench {

// What a figure depends on and a reader has to know, under one heading.
struct FactGroup {
    std::string name;
    std::vector<std::pair<std::string, std::string>> facts;
};

// {"machine": {"cpu": "…", …}, …}
[[nodiscard]] std::string to_json(const std::vector<FactGroup>& groups);

}  // namespace mcast::bench
