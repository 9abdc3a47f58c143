#include "relay/hello_sender.hpp"

#include <algorithm>
#include <utility>

#include "mcast/topic.hpp"
#include "relay/election.hpp"
#include "wire/relay_control.hpp"

namespace mcast::relay {

HelloSender::HelloSender(detail::NodeCore& node)
    : node_(node), control_(node.context(), node.outbound()) {}

void HelloSender::set_keys(std::vector<LinkKey> keys) {
    if (keys == keys_) return;
    keys_ = std::move(keys);
    send_soon();
}

void HelloSender::on_deadline(Instant now) {
    if (now < next_) return;
    next_ = now + Election::kHelloInterval;
    for (const detail::Link& link : node_.membership().links())
        if (link.attached) send(link);
}

void HelloSender::send(const detail::Link& link) {
    const NodeOptions& options = node_.context().options;
    std::array<detail::Target, 3> targets;
    std::size_t count = 0;
    for (const Family family : {Family::Ipv4, Family::Ipv6})
        if ((family == Family::Ipv4 ? options.ipv4 : options.ipv6) && link.multicasts(family))
            targets[count++] = {link.index(), announce_group(options.domain, family, options.port),
                                Way::Multicast, link.datagram_max(family)};
    // Where multicast is filtered, relays have to find each other all the same.
    if (options.broadcast && options.ipv4)
        if (const std::optional<Address> address = link.broadcast_address())
            targets[count++] = {link.index(),
                                {*address, options.port},
                                Way::Broadcast,
                                link.datagram_max(Family::Ipv4)};
    if (count == 0) return;
    std::span<std::byte> room;
    Buffer buffer = control_.begin(targets[0].datagram_max, room);
    if (!buffer) return;
    wire::RelayHello hello;
    hello.link = link.index().value;
    // What does not fit is carried without being told: others carry it, too, and receivers drop it.
    const std::size_t fits = std::min(
        wire::kRelayKeysMax, (room.size() - wire::relay_hello_size({})) / sizeof(LinkKey::key));
    said_.clear();
    for (const LinkKey& key : keys_)
        if (key.from == link.index() && said_.size() < fits)
            said_.push_back(Election::toward(key.key, key.to.value));
    hello.keys = said_;
    const std::size_t size = wire::write_relay_hello(room, hello);
    if (size == 0) return;
    control_.send(std::move(buffer), size, wire::DatagramKind::RelayHello,
                  std::span(targets).first(count));
}

}  // namespace mcast::relay
