#include "tools/mcast/bench/raw_dpdk.hpp"

#include <sched.h>

#include <cstring>

#include "tools/mcast/bench/open_node.hpp"
#include "tools/mcast/bench/raw_dpdk_port.hpp"
#include "tools/mcast/bench/raw_messages.hpp"

namespace mcast::bench {
namespace {

// As large as the smallest message, since round trips are made of it.
using Answer = std::array<std::uint64_t, kMessageSizeMin / sizeof(std::uint64_t)>;

// DPDK's devices have nothing to sleep on: who may sleep lets others run.
void rest(bool may_sleep) {
    if (may_sleep) ::sched_yield();
}

class DpdkSender final : public Sender {
public:
    DpdkSender(std::unique_ptr<RawDpdkPort> port, const Case& what)
        : port_(std::move(port)), writer_(what) {
        answered_.assign(what.subscribers, 0);
    }

    bool ready() override { return port_->link_up(); }

    std::size_t send(std::uint64_t first, std::size_t count, Duration time,
                     Duration step) override {
        for (std::size_t i = 0; i < count; ++i, time += step) {
            if (filled_ == 0) {
                frame_ = begin();
                if (frame_ == nullptr) return i;
            }
            writer_.write(frame_, filled_, first + i, static_cast<std::uint64_t>(time.count()));
            if (++filled_ == writer_.in_datagram()) end();
        }
        return count;
    }

    void push() override {
        if (filled_ > 0) end();
        port_->flush();
        listen(false);
    }

    void listen(bool may_sleep) override {
        port_->flush();
        const auto answers = port_->receive();
        if (answers.empty()) rest(may_sleep);
        for (const std::span<const std::byte> bytes : answers) {
            Answer answer{};
            if (bytes.size() < sizeof answer) continue;
            std::memcpy(answer.data(), bytes.data(), sizeof answer);
            on_answer(answer[0], answer[1]);
        }
    }

    void sleep_until(Instant when) override {
        while (now() < when)
            listen(true);
    }

    Counters counters() const override {
        return {{"datagrams", datagrams_}, {"device-busy", busy_}};
    }

private:
    std::byte* begin() {
        std::byte* frame = port_->begin_frame();
        if (frame == nullptr && port_->flush()) frame = port_->begin_frame();
        if (frame == nullptr) ++busy_;
        return frame;
    }
    void end() {
        port_->end_frame(writer_.size_of(filled_));
        filled_ = 0;
        ++datagrams_;
    }

    std::unique_ptr<RawDpdkPort> port_;
    RawWriter writer_;
    std::byte* frame_ = nullptr;
    std::size_t filled_ = 0;  // messages in it
    std::uint64_t datagrams_ = 0;
    std::uint64_t busy_ = 0;
};

class DpdkReceiver final : public Receiver {
public:
    DpdkReceiver(std::unique_ptr<RawDpdkPort> port, const Meeting& meeting)
        : index_(meeting.index), port_(std::move(port)), reader_(meeting.what) {}

    bool ready() override { return port_->link_up(); }

    void receive(Tally& tally, bool may_sleep) override {
        const auto payloads = port_->receive();
        for (const std::span<const std::byte> bytes : payloads)
            reader_.read(tally, bytes.data(), bytes.size(), bytes.size());
        if (payloads.empty())
            rest(may_sleep);
        else
            tally.on_batch(now());
    }

    void answer(std::uint64_t number) override {
        std::byte* const frame = port_->begin_frame();
        if (frame == nullptr) return;  // there will be another answer
        const Answer answer{index_, number};
        std::memcpy(frame, answer.data(), sizeof answer);
        port_->end_frame(sizeof answer);
        port_->flush();
    }

    Counters counters() const override {
        return {{"datagrams", reader_.datagrams()}, {"device-dropped", port_->dropped()}};
    }

private:
    std::uint64_t index_;
    std::unique_ptr<RawDpdkPort> port_;
    RawReader reader_;
};

}  // namespace

Result<std::unique_ptr<Sender>> open_dpdk_sender(const Meeting& meeting) {
    auto device = device_for(meeting.what.backend, Role::Sender, meeting.node.domain);
    if (!device) return device.error();
    auto port = RawDpdkPort::open(*device, Role::Sender);
    if (!port) return port.error();
    return std::unique_ptr<Sender>(std::make_unique<DpdkSender>(std::move(*port), meeting.what));
}

Result<std::unique_ptr<Receiver>> open_dpdk_receiver(const Meeting& meeting) {
    auto device = device_for(meeting.what.backend, Role::Receiver, meeting.node.domain);
    if (!device) return device.error();
    auto port = RawDpdkPort::open(*device, Role::Receiver);
    if (!port) return port.error();
    return std::unique_ptr<Receiver>(std::make_unique<DpdkReceiver>(std::move(*port), meeting));
}

}  // namespace mcast::bench
