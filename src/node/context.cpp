#include "node/context.hpp"

#include <utility>

#include "mcast/topic.hpp"

namespace mcast::detail {

Context::Context(const NodeOptions& node_options, Host node_host)
    : options(node_options),
      host(std::move(node_host)),
      random(host.seed),
      domain(domain_id(options.domain)),
      events(options.limits.events_max) {
    // 0 is nobody.
    while (!self)
        self.value = random.next();
}

}  // namespace mcast::detail
