#include "tools/mcast/bench/facts.hpp"

#include "tools/mcast/json_writer.hpp"

namespace mcast::bench {

std::string to_json(const std::vector<FactGroup>& groups) {
    cli::JsonWriter json;
    json.begin_object();
    for (const FactGroup& group : groups) {
        json.key(group.name).begin_object();
        for (const auto& [name, value] : group.facts)
            json.field(name, value);
        json.end_object();
    }
    return json.end_object().text();
}

}  // namespace mcast::bench
