#include "transports/dpdk/port_monitor.hpp"

#include <algorithm>
#include <utility>

#include "transports/dpdk/port.hpp"

namespace mcast::dpdk {

PortMonitor::PortMonitor(const PortLease& port, std::vector<InterfaceAddress> addresses,
                         std::unique_ptr<InterfaceMonitor> kernel)
    : port_(port), addresses_(std::move(addresses)), kernel_(std::move(kernel)), own_(look()) {}

Interface PortMonitor::look() const {
    Interface own;
    own.name = port_->device().name().name;
    own.kind = InterfaceKind::Ethernet;
    own.mtu = port_->device().traits().mtu;
    own.up = true;
    if (kernel_) {
        const auto known = kernel_->interfaces();
        const auto at = std::find_if(known.begin(), known.end(), [this](const Interface& each) {
            return each.index == port_->index();
        });
        if (at != known.end())
            own = *at;
        else
            own.up = false;  // gone; its addresses with it
        if (port_->options().mtu != 0) own.mtu = std::min(own.mtu, port_->options().mtu);
    }
    own.index = port_->index();
    // What the kernel may do with it does not bind us.
    own.multicast = own.broadcast = true;
    own.point_to_point = own.enslaved = false;
    if (!addresses_.empty()) own.addresses = addresses_;
    port_->set_usable(own.up);
    own.up = own.up && port_->link_up();
    return own;
}

bool PortMonitor::poll() {
    const bool kernel_changed = kernel_ && kernel_->poll();
    // Without a kernel interface only the link changes.
    const bool link_changed = !kernel_changed && own_.up != port_->is_up();
    if (!kernel_changed && !link_changed) return false;
    Interface now = look();
    if (now == own_) return false;
    own_ = std::move(now);
    return true;
}

}  // namespace mcast::dpdk
