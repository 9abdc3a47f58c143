// ENet: reliable and ordered over unicast, as games use it; the sender is the host of the game.
#include <enet/enet.h>

#include "peer.hpp"

namespace peers {

const char* const kName = "enet";

namespace {

// ENet queues without bound; so many packets that are not acknowledged are enough to keep it busy.
constexpr std::size_t kUnacknowledgedMax = 1024;
constexpr int kServiceInterval = 32;  // packets

class Enet final : public Peer {
public:
    explicit Enet(const Job& job) {
        if (enet_initialize() != 0) fail("enet_initialize failed");
        ENetAddress address{};
        enet_address_set_host_ip(&address, job.sender.c_str());
        address.port = kPort;
        host_ = enet_host_create(job.sends ? &address : nullptr, 1, 1, 0, 0);
        if (host_ == nullptr) fail("enet_host_create failed on " + job.sender);
        enet_socket_set_option(host_->socket, ENET_SOCKOPT_RCVBUF, kSocketBuffer);
        enet_socket_set_option(host_->socket, ENET_SOCKOPT_SNDBUF, kSocketBuffer);
        if (!job.sends) enet_host_connect(host_, &address, 1, 0);
    }
    ~Enet() override { enet_host_destroy(host_); }

    bool connected() override { return host_->connectedPeers > 0; }
    bool send(std::span<const std::byte> message) override {
        if (unacknowledged_ >= kUnacknowledgedMax) return false;
        ENetPacket* const packet =
            enet_packet_create(message.data(), message.size(), ENET_PACKET_FLAG_RELIABLE);
        packet->userData = this;
        packet->freeCallback = [](ENetPacket* freed) {
            --static_cast<Enet*>(freed->userData)->unacknowledged_;
        };
        ++unacknowledged_;
        enet_host_broadcast(host_, 0, packet);
        if (++since_service_ == kServiceInterval) service();
        return true;
    }
    void service() override {
        since_service_ = 0;
        ENetEvent event{};
        enet_host_service(host_, &event, 0);
    }
    void finish() override {
        for (int i = 0; unacknowledged_ > 0 && i < 10'000'000 && connected(); ++i)
            service();
    }
    void receive(const Sink& sink) override {
        ENetEvent event{};
        for (enet_uint32 wait = 100; enet_host_service(host_, &event, wait) > 0; wait = 0) {
            if (event.type != ENET_EVENT_TYPE_RECEIVE) continue;
            sink(
                {reinterpret_cast<const std::byte*>(event.packet->data), event.packet->dataLength});
            enet_packet_destroy(event.packet);
        }
    }

private:
    ENetHost* host_ = nullptr;
    std::size_t unacknowledged_ = 0;
    int since_service_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_peer(const Job& job) {
    return std::make_unique<Enet>(job);
}

}  // namespace peers
