// NORM (RFC 5740): a reliable multicast stream at a fixed rate. The stream has no messages of its
// own; all of ours have the same length, and a broken stream begins anew at a mark.
#include <normApi.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "peer.hpp"

namespace peers {

const char* const kName = "norm";

namespace {

constexpr unsigned kBuffer = 8 << 20;
constexpr unsigned kStreamBuffer = 4 << 20;
constexpr std::uint16_t kSegmentSize = 1400;
constexpr std::uint16_t kBlockSegments = 64;
constexpr std::uint16_t kParitySegments = 8;  // computed when a NACK asks for them
constexpr double kBitsPerSecond = 2e9;
constexpr double kRoundTrip = 0.001;  // seconds; the first estimate

class Norm final : public Peer {
public:
    explicit Norm(const Job& job)
        : instance_(NormCreateInstance(false)),
          session_(NormCreateSession(instance_, kGroup, kPort, job.sends ? 1 : 2)),
          input_(job.size) {
        if (session_ == NORM_SESSION_INVALID) fail("NormCreateSession failed");
        NormSetRxPortReuse(session_, true);
        NormSetMulticastInterface(session_, job.interface.c_str());
        NormSetTTL(session_, 1);
        NormSetGrttEstimate(session_, kRoundTrip);
        NormSetGrttMax(session_, 100 * kRoundTrip);
        NormSetBackoffFactor(session_, 0);  // one receiver: no NACKs to suppress
        if (job.sends)
            start_sender();
        else if (!NormStartReceiver(session_, kBuffer) ||
                 !NormSetRxSocketBuffer(session_, kSocketBuffer))
            fail("NormStartReceiver failed");
    }
    ~Norm() override { NormDestroyInstance(instance_); }

    bool send(std::span<const std::byte> message) override {
        if (written_ == 0) output_.assign(message.begin(), message.end());
        const auto left = static_cast<unsigned>(output_.size() - written_);
        written_ += NormStreamWrite(stream_,
                                    reinterpret_cast<const char*>(output_.data()) + written_, left);
        if (written_ < output_.size()) return false;
        written_ = 0;
        NormStreamMarkEom(stream_);
        return true;
    }
    void service() override {
        NormEvent event{};
        while (NormGetNextEvent(instance_, &event, false)) {
        }
    }
    void finish() override { NormStreamFlush(stream_, true, NORM_FLUSH_ACTIVE); }
    void receive(const Sink& sink) override {
        pollfd waiting{NormGetDescriptor(instance_), POLLIN, 0};
        if (::poll(&waiting, 1, 100) <= 0) return;
        NormEvent event{};
        while (NormGetNextEvent(instance_, &event, false))
            if ((event.type == NORM_RX_OBJECT_NEW || event.type == NORM_RX_OBJECT_UPDATED) &&
                NormObjectGetType(event.object) == NORM_OBJECT_STREAM)
                read(event.object, sink);
    }

private:
    void start_sender() {
        NormSetTxRate(session_, kBitsPerSecond);
        if (!NormStartSender(session_, static_cast<NormSessionId>(::getpid()), kBuffer,
                             kSegmentSize, kBlockSegments, kParitySegments))
            fail("NormStartSender failed");
        NormSetTxSocketBuffer(session_, kSocketBuffer);
        stream_ = NormStreamOpen(session_, kStreamBuffer);
        if (stream_ == NORM_OBJECT_INVALID) fail("NormStreamOpen failed");
    }

    void read(NormObjectHandle stream, const Sink& sink) {
        for (;;) {
            if (!in_step_ && !NormStreamSeekMsgStart(stream)) return;
            if (!in_step_) have_ = 0;
            in_step_ = true;
            unsigned count = static_cast<unsigned>(input_.size() - have_);
            if (!NormStreamRead(stream, reinterpret_cast<char*>(input_.data()) + have_, &count)) {
                in_step_ = false;
                continue;
            }
            if (count == 0) return;
            have_ += count;
            if (have_ < input_.size()) continue;
            sink(input_);
            have_ = 0;
        }
    }

    NormInstanceHandle instance_;
    NormSessionHandle session_;
    NormObjectHandle stream_ = NORM_OBJECT_INVALID;
    std::vector<std::byte> output_;  // the message that is being written
    std::size_t written_ = 0;
    std::vector<std::byte> input_;  // the message that is being read
    std::size_t have_ = 0;
    bool in_step_ = false;
};

}  // namespace

std::unique_ptr<Peer> make_peer(const Job& job) {
    return std::make_unique<Norm>(job);
}

}  // namespace peers
