#include "tools/mcast/account.hpp"

#include <vector>

#include "tools/mcast/duration.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

std::uint64_t accounted(const StreamInfo& stream) {
    return stream.delivered + stream.waiting + stream.missing + stream.lost_count();
}

}  // namespace

std::uint64_t sent_count(const StreamInfo& stream) {
    return stream.first == 0 || stream.newest < stream.first ? 0 : stream.newest - stream.first + 1;
}

bool sums(const StreamInfo& stream) {
    return sent_count(stream) == accounted(stream);
}

std::string losses(const StreamInfo& stream) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < kStreamLossCount; ++i) {
        if (stream.lost[i] == 0) continue;
        parts.push_back(std::string(to_string(static_cast<StreamLoss>(i))) + " " +
                        std::to_string(stream.lost[i]));
    }
    return join(parts, ", ");
}

std::string account(const StreamInfo& stream) {
    const std::string causes = losses(stream);
    return printable(stream.peer_name) + ": " + std::to_string(sent_count(stream)) +
           " sent = " + std::to_string(stream.delivered) + " delivered + " +
           std::to_string(stream.waiting) + " waiting + " + std::to_string(stream.missing) +
           " missing + " + std::to_string(stream.lost_count()) + " lost" +
           (causes.empty() ? "" : " (" + causes + ")");
}

std::string account_table(std::span<const StreamInfo> streams) {
    std::vector<std::vector<std::string>> rows{{"PUBLISHER", "DELIVERY", "FIRST", "NEWEST", "SENT",
                                                "DELIVERED", "WAITING", "MISSING", "LOST",
                                                "REPAIRED", "COMPUTED", "ROUND TRIP"}};
    std::string below;
    for (const StreamInfo& stream : streams) {
        rows.push_back(
            {printable(stream.peer_name), std::string(to_string(stream.delivery)),
             std::to_string(stream.first), std::to_string(stream.newest),
             std::to_string(sent_count(stream)), std::to_string(stream.delivered),
             std::to_string(stream.waiting), std::to_string(stream.missing),
             std::to_string(stream.lost_count()), std::to_string(stream.repaired),
             std::to_string(stream.recovered),
             stream.round_trip == Duration::zero() ? "-" : format_duration(stream.round_trip)});
        if (stream.lost_count() > 0 || !sums(stream)) {
            below += account(stream) +
                     (sums(stream) ? ""
                                   : ", which does not sum: " + std::to_string(accounted(stream)) +
                                         " accounted for") +
                     "\n";
        }
    }
    return table(rows) + below;
}

void write(std::span<const StreamInfo> streams, JsonWriter& json) {
    json.begin_array();
    for (const StreamInfo& stream : streams) {
        json.begin_object().field("publisher", to_string(stream.publisher));
        json.field("name", stream.peer_name).field("topic", stream.topic);
        json.field("delivery", to_string(stream.delivery)).field("first", stream.first);
        json.field("newest", stream.newest).field("sent", sent_count(stream));
        json.field("delivered", stream.delivered).field("waiting", stream.waiting);
        json.field("missing", stream.missing).key("lost").begin_object();
        for (std::size_t i = 0; i < kStreamLossCount; ++i) {
            if (stream.lost[i] > 0)
                json.field(to_string(static_cast<StreamLoss>(i)), stream.lost[i]);
        }
        json.end_object().field("sums", sums(stream)).field("duplicates", stream.duplicates);
        json.field("repaired", stream.repaired).field("computed", stream.recovered);
        json.field("naks", stream.naks).key("round_trip_us");
        if (stream.round_trip == Duration::zero())
            json.null();
        else
            json.value(static_cast<double>(stream.round_trip.count()) / 1e3);
        json.end_object();
    }
    json.end_array();
}

}  // namespace mcast::cli
