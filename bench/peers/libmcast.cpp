// libmcast: best effort over kernel sockets. The payload is Cap'n Proto data, built in the outgoing
// datagram and read where it arrived.
#include "mcast/mcast.hpp"

#include <algorithm>
#include <cstring>

#include "payload.capnp.h"
#include "peer.hpp"

namespace peers {

const char* const kName = "libmcast";

namespace {

using Message = ::peers_payload::Message;
constexpr int kPollInterval = 64;  // messages

class Libmcast final : public Peer {
public:
    explicit Libmcast(const Job& job) : node_(open(job)) {
        if (job.sends)
            publisher_ = node_.publisher<Message>("bench");
        else
            subscriber_ = node_.subscriber<Message>("bench");
    }

    bool connected() override { return publisher_.listeners() > 0; }
    bool send(std::span<const std::byte> message) override {
        auto loan = publisher_.loan();
        if (!loan) return false;
        auto data = loan->root().initData(static_cast<unsigned>(message.size()));
        std::memcpy(data.begin(), message.data(), message.size());
        loan->publish();
        if (++since_poll_ == kPollInterval) service();
        return true;
    }
    void service() override {
        since_poll_ = 0;
        node_.poll();
    }
    void finish() override { service(); }
    void receive(const Sink& sink) override {
        node_.wait_until(node_.now() + std::chrono::milliseconds(100));
        subscriber_.drain([&](const mcast::Sample<Message>& sample) {
            const auto data = sample->getData();
            sink({reinterpret_cast<const std::byte*>(data.begin()), data.size()});
        });
        node_.drain_events([](const mcast::Event&) {});
    }

private:
    static mcast::Node open(const Job& job) {
        mcast::NodeOptions options;
        options.domain = "bench-peers";
        options.name = job.sends ? "sender" : "receiver";
        options.interfaces = {job.interface};
        options.ipv6 = false;
        auto node = mcast::Node::open(options);
        if (!node) fail(node.error().what);
        return std::move(*node);
    }

    mcast::Node node_;
    mcast::Publisher<Message> publisher_;
    mcast::Subscriber<Message> subscriber_;
    int since_poll_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_peer(const Job& job) {
    return std::make_unique<Libmcast>(job);
}

}  // namespace peers
