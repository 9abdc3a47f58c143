// ZeroMQ PUB/SUB over epgm: PGM (RFC 3208) in UDP multicast.
#include <zmq.h>

#include "peer.hpp"

namespace peers {

const char* const kName = "zmq";

namespace {

constexpr int kRateKilobits = 2'000'000;  // the default of 100 kbit/s is a hard cap
constexpr int kRecoveryMilliseconds = 1000;
constexpr int kSendTimeoutMilliseconds = 50;

class Zmq final : public Peer {
public:
    explicit Zmq(const Job& job) : context_(zmq_ctx_new()) {
        if (zmq_has("pgm") == 0) fail("this libzmq was built without OpenPGM");
        // XPUB with NODROP: a full queue holds the sender up instead of dropping in silence.
        socket_ = zmq_socket(context_, job.sends ? ZMQ_XPUB : ZMQ_SUB);
        set(ZMQ_RATE, kRateKilobits);
        set(ZMQ_RECOVERY_IVL, kRecoveryMilliseconds);
        set(ZMQ_SNDBUF, kSocketBuffer);
        set(ZMQ_RCVBUF, kSocketBuffer);
        // Waiting inside: polled with ZMQ_DONTWAIT it looks for room every millisecond only.
        set(ZMQ_SNDTIMEO, kSendTimeoutMilliseconds);
        set(ZMQ_RCVTIMEO, 100);
        if (job.sends)
            set(ZMQ_XPUB_NODROP, 1);
        else if (zmq_setsockopt(socket_, ZMQ_SUBSCRIBE, "", 0) != 0)
            fail(std::string("subscribe: ") + zmq_strerror(zmq_errno()));
        // Both ends connect; the interface by address, a name would be asked of the resolver.
        const std::string endpoint =
            "epgm://" + job.own + ";" + kGroup + ":" + std::to_string(kPort);
        if (zmq_connect(socket_, endpoint.c_str()) != 0)
            fail("connect " + endpoint + ": " + zmq_strerror(zmq_errno()));
    }
    ~Zmq() override {
        zmq_close(socket_);
        zmq_ctx_term(context_);
    }

    bool send(std::span<const std::byte> message) override {
        return zmq_send(socket_, message.data(), message.size(), 0) >= 0;
    }
    void receive(const Sink& sink) override {
        zmq_msg_t message;
        zmq_msg_init(&message);
        for (int flags = 0; zmq_msg_recv(&message, socket_, flags) >= 0; flags = ZMQ_DONTWAIT)
            sink({static_cast<const std::byte*>(zmq_msg_data(&message)), zmq_msg_size(&message)});
        zmq_msg_close(&message);
    }

private:
    void set(int option, int value) {
        if (zmq_setsockopt(socket_, option, &value, sizeof value) != 0)
            fail("zmq_setsockopt: " + std::string(zmq_strerror(zmq_errno())));
    }

    void* context_;
    void* socket_ = nullptr;
};

}  // namespace

std::unique_ptr<Peer> make_peer(const Job& job) {
    return std::make_unique<Zmq>(job);
}

}  // namespace peers
