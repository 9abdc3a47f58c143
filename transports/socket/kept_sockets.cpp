#include "transports/socket/kept_sockets.hpp"

#include <utility>

namespace mcast::socket {

SocketKeeper::~SocketKeeper() = default;

std::string KeptSockets::unicast(Family family) const {
    return std::to_string(interface_.value) +
           (family == Family::Ipv6 ? ".ipv6-unicast" : ".ipv4-unicast");
}

std::string KeptSockets::groups(Family family, std::uint16_t port, std::size_t number) const {
    return std::to_string(interface_.value) + (family == Family::Ipv6 ? ".ipv6-" : ".ipv4-") +
           std::to_string(port) + "-groups-" + std::to_string(number);
}

std::string KeptSockets::bound_to(const Endpoint& local) const {
    std::string name = std::to_string(interface_.value) + ".bound-";
    for (const std::uint8_t byte : local.address.bytes())  // colons are not for names
        for (const int shift : {4, 0})
            name += "0123456789abcdef"[byte >> shift & 0xf];
    return name + "-" + std::to_string(local.port);
}

std::optional<PinnedSocket> KeptSockets::adopt(const std::string& name, const SocketPlan& plan,
                                               std::uint16_t port) const {
    FileDescriptor kept(keeper_ == nullptr ? -1 : keeper_->take(name));
    if (!kept) return std::nullopt;
    std::optional<PinnedSocket> adopted = PinnedSocket::adopt(std::move(kept), plan);
    if (adopted && (port == 0 || adopted->port() == port)) return adopted;
    keeper_->forget(name);
    return std::nullopt;
}

void KeptSockets::keep(const std::string& name, const PinnedSocket& socket) const {
    if (keeper_ != nullptr) keeper_->keep(name, socket.fd());
}

void KeptSockets::forget(const std::string& name) const {
    if (keeper_ != nullptr) keeper_->forget(name);
}

}  // namespace mcast::socket
