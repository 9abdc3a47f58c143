// Cyclone DDS: reliable, by multicast, with write batching, its fastest way.
#include <dds/dds.h>

#include <array>
#include <cstdlib>

#include "dds_sample.h"
#include "peer.hpp"

namespace peers {

const char* const kName = "dds";

namespace {

constexpr std::size_t kTakeMax = 256;
constexpr int kHistorySamples = 10'000;

dds_entity_t checked(dds_entity_t entity, const char* step) {
    if (entity < 0) fail(std::string(step) + ": " + dds_strretcode(-entity));
    return entity;
}

class Dds final : public Peer {
public:
    explicit Dds(const Job& job) {
        // Multicast even to a single reader, which it would serve by unicast otherwise.
        const std::string configuration =
            "<CycloneDDS><Domain Id=\"any\"><General><Interfaces><NetworkInterface name=\"" +
            job.interface +
            "\" multicast=\"true\" prefer_multicast=\"true\"/></Interfaces></General><Internal>"
            "<SocketReceiveBufferSize min=\"default\" max=\"4MB\"/><WriteBatch>true</WriteBatch>"
            "</Internal></Domain></CycloneDDS>";
        ::setenv("CYCLONEDDS_URI", configuration.c_str(), 1);
        const auto participant =
            checked(dds_create_participant(77, nullptr, nullptr), "dds_create_participant");
        const auto topic =
            checked(dds_create_topic(participant, &peers_Sample_desc, "bench", nullptr, nullptr),
                    "dds_create_topic");
        dds_qos_t* const qos = dds_create_qos();
        dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_MSECS(100));
        dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, 0);
        dds_qset_resource_limits(qos, kHistorySamples, DDS_LENGTH_UNLIMITED, DDS_LENGTH_UNLIMITED);
        if (job.sends) {
            writer_ = checked(dds_create_writer(participant, topic, qos, nullptr), "writer");
        } else {
            reader_ = checked(dds_create_reader(participant, topic, qos, nullptr), "reader");
            waitset_ = checked(dds_create_waitset(participant), "waitset");
            dds_waitset_attach(waitset_, dds_create_readcondition(reader_, DDS_ANY_STATE), 0);
        }
        dds_delete_qos(qos);
    }

    bool connected() override {
        dds_publication_matched_status_t status{};
        dds_get_publication_matched_status(writer_, &status);
        return status.current_count > 0;
    }
    bool send(std::span<const std::byte> message) override {
        peers_Sample sample{};
        sample.data._length = sample.data._maximum = static_cast<std::uint32_t>(message.size());
        // dds_write() only reads; the C type has no const.
        sample.data._buffer =
            const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(message.data()));
        const dds_return_t code = dds_write(writer_, &sample);
        if (code == DDS_RETCODE_TIMEOUT) return false;
        checked(code, "dds_write");
        return true;
    }
    void service() override { dds_write_flush(writer_); }
    void finish() override {
        dds_write_flush(writer_);
        dds_wait_for_acks(writer_, DDS_SECS(5));
    }
    void receive(const Sink& sink) override {
        if (dds_waitset_wait(waitset_, nullptr, 0, DDS_MSECS(100)) <= 0) return;
        std::array<void*, kTakeMax> samples{};  // null: on loan
        std::array<dds_sample_info_t, kTakeMax> infos;
        const int count = checked(
            dds_take(reader_, samples.data(), infos.data(), kTakeMax, kTakeMax), "dds_take");
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            if (!infos[i].valid_data) continue;
            const auto& data = static_cast<const peers_Sample*>(samples[i])->data;
            sink({reinterpret_cast<const std::byte*>(data._buffer), data._length});
        }
        if (count > 0) dds_return_loan(reader_, samples.data(), count);
    }

private:
    dds_entity_t writer_ = 0;
    dds_entity_t reader_ = 0;
    dds_entity_t waitset_ = 0;
};

}  // namespace

std::unique_ptr<Peer> make_peer(const Job& job) {
    return std::make_unique<Dds>(job);
}

}  // namespace peers
