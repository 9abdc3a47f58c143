// LCM: best-effort multicast, a datagram for each message, a thread that reads the socket.
#include <lcm/lcm.h>

#include "peer.hpp"

namespace peers {

const char* const kName = "lcm";

namespace {

constexpr const char* kChannel = "bench";
constexpr int kQueueCapacity = 10'000;  // the default of 30 drops at any real rate

class Lcm final : public Peer {
public:
    explicit Lcm(const Job& job) {
        // It has no option for the interface: the route of the group decides.
        const std::string url = std::string("udpm://") + kGroup + ":" + std::to_string(kPort) +
                                "?ttl=1&recv_buf_size=" + std::to_string(kSocketBuffer);
        lcm_ = lcm_create(url.c_str());
        if (lcm_ == nullptr) fail("lcm_create " + url + " failed");
        if (job.sends) return;
        lcm_subscription_t* const subscription = lcm_subscribe(lcm_, kChannel, on_message, this);
        lcm_subscription_set_queue_capacity(subscription, kQueueCapacity);
    }
    ~Lcm() override { lcm_destroy(lcm_); }

    bool send(std::span<const std::byte> message) override {
        return lcm_publish(lcm_, kChannel, message.data(), static_cast<unsigned>(message.size())) ==
               0;
    }
    void receive(const Sink& sink) override {
        sink_ = &sink;
        lcm_handle_timeout(lcm_, 100);
    }

private:
    static void on_message(const lcm_recv_buf_t* buffer, const char*, void* self) {
        const auto* const data = static_cast<const std::byte*>(buffer->data);
        (*static_cast<Lcm*>(self)->sink_)({data, buffer->data_size});
    }

    lcm_t* lcm_ = nullptr;
    const Sink* sink_ = nullptr;
};

}  // namespace

std::unique_ptr<Peer> make_peer(const Job& job) {
    return std::make_unique<Lcm>(job);
}

}  // namespace peers
