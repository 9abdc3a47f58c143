#include "relay/relay.hpp"

#include <utility>

namespace mcast::relay {

Relay::Relay(std::unique_ptr<detail::NodeCore> core, const ForwarderOptions& options,
             InterfaceSelection reflect)
    : core_(std::move(core)), forwarder_(*core_, options, std::move(reflect)) {
    core_->set_carrier(forwarder_);
}

Result<std::unique_ptr<Relay>> Relay::open(const NodeOptions& node, const ForwarderOptions& options,
                                           Host host) {
    const std::string step = "relay " + node.domain;
    Result<InterfaceSelection> reflect = InterfaceSelection::parse(options.reflect);
    if (!reflect) return reflect.error().within(step);
    auto core = detail::NodeCore::make(node, std::move(host));
    if (!core) return core.error().within(step);
    auto relay = std::make_unique<Relay>(std::move(*core), options, std::move(*reflect));
    if (const Result<void> opened = relay->core_->open(); !opened)
        return opened.error().within(step);
    return relay;
}

}  // namespace mcast::relay
