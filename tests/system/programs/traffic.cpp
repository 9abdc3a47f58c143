#include "traffic.hpp"

#include <chrono>

namespace probe {
namespace {

using namespace std::chrono_literals;

double seconds(mcast::Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

std::string list(const std::vector<std::string>& items) {
    std::string json;
    for (const std::string& item : items)
        json += (json.empty() ? "" : ",") + item;
    return "[" + json + "]";
}

std::string drops(const mcast::DropCounters& dropped) {
    Json json;
    for (std::size_t index = 0; index < mcast::kDropCauseCount; ++index) {
        const auto cause = static_cast<mcast::DropCause>(index);
        if (dropped[cause] != 0) json.add(to_string(cause), dropped[cause]);
    }
    return json.text();
}

}  // namespace

Traffic::Traffic(mcast::Node& node, const Settings& settings) : node_(node), settings_(settings) {
    for (const std::string& topic : settings.publish)
        publishers_.push_back(node.publisher<Count>(topic, settings.qos));
    for (const std::string& topic : settings.subscribe)
        subscribers_.push_back(node.subscriber<Count>(topic, settings.qos));
}

void Traffic::publish() {
    for (auto& publisher : publishers_) {
        auto loan = publisher.loan();
        if (!loan) continue;
        auto count = loan->root();
        count.setNumber(number_);
        if (settings_.size != 0) count.initPadding(static_cast<unsigned>(settings_.size));
        loan->publish();
    }
    ++number_;
}

void Traffic::drain() {
    for (std::size_t index = 0; index < subscribers_.size(); ++index)
        subscribers_[index].drain(
            [&](const mcast::Sample<Count>& sample) { take(settings_.subscribe[index], sample); });
}

void Traffic::take(const std::string& topic, const mcast::Sample<Count>& sample) {
    Stream& stream = streams_[{topic, sample.peer()}];
    const std::uint64_t number = sample->getNumber();
    const bool first = stream.count++ == 0;
    // A pause is worth a line of its own: tests measure how long a cut lasted.
    const bool resumed = !first && sample.received_at() - stream.received_at > 100ms;
    if (first) {
        stream.peer = names_[sample.peer()];
        stream.first = number;
    } else if (number > stream.last + 1) {
        stream.missing += number - stream.last - 1;
    } else if (number <= stream.last) {
        ++stream.repeated;
    }
    stream.last = number;
    stream.received_at = sample.received_at();
    const std::string& interface = interface_name(sample.interface());
    stream.interfaces.insert(interface);
    if (!first && !resumed && !settings_.every_message) return;
    Json(first     ? "first"
         : resumed ? "resumed"
                   : "message")
        .add("topic", topic)
        .add("peer", stream.peer)
        .add("number", number)
        .add("interface", interface)
        .add("index", sample.interface().value)
        .add("received", seconds(sample.received_at().time_since_epoch()))
        .print();
}

void Traffic::note(const mcast::Event& event) {
    if (event.kind == mcast::EventKind::PeerUp) names_[event.peer] = event.peer_name;
    Json(to_string(event.kind))
        .add("peer", event.peer_name)
        .add("id", to_string(event.peer))
        .add("topic", event.topic)
        .add("interface", event.interface_name)
        .add("index", event.interface.value)
        .add("missing", event.kind == mcast::EventKind::Gap ? event.last - event.first + 1 : 0)
        .add("text", event.text)
        .add("sentence", to_string(event))
        .print();
}

const std::string& Traffic::interface_name(mcast::InterfaceIndex index) {
    const auto known = interface_names_.find(index);
    if (known != interface_names_.end()) return known->second;
    for (const auto& status : node_.interfaces())
        if (status.interface.index == index) return interface_names_[index] = status.interface.name;
    return interface_names_[index] = "#" + std::to_string(index.value);
}

std::string Traffic::streams() const {
    std::vector<std::string> items;
    for (const auto& [key, stream] : streams_) {
        Json on;
        for (const std::string& name : stream.interfaces)
            on.add(name, true);
        items.push_back(Json()
                            .add("topic", key.first)
                            .add("peer", stream.peer)
                            .add("count", stream.count)
                            .add("first", stream.first)
                            .add("last", stream.last)
                            .add("missing", stream.missing)
                            .add("repeated", stream.repeated)
                            .raw("interfaces", on.text())
                            .text());
    }
    return list(items);
}

std::string Traffic::interfaces() const {
    std::vector<std::string> items;
    for (const mcast::InterfaceStatus& status : node_.interfaces()) {
        std::vector<std::string> endpoints;
        for (const auto& endpoint : status.endpoints)
            endpoints.push_back("\"" + to_string(endpoint) + "\"");
        items.push_back(Json()
                            .add("name", status.interface.name)
                            .add("index", status.interface.index.value)
                            .add("eligible", status.eligibility.eligible)
                            .add("reason", status.eligibility.reason)
                            .add("attached", status.attached)
                            .add("problem", status.problem)
                            .add("groups", status.groups.size())
                            .raw("endpoints", list(endpoints))
                            .add("sent", status.counters.sent_datagrams)
                            .add("send_errors", status.counters.send_errors)
                            .add("received", status.counters.received_datagrams)
                            .add("dropped", status.counters.receive_dropped)
                            .add("leaked", status.counters.receive_leaked)
                            .text());
    }
    return list(items);
}

void Traffic::print_stats() const {
    const mcast::NodeStats stats = node_.stats();
    std::size_t listeners = 0;
    for (const auto& publisher : publishers_)
        listeners += publisher.listeners();
    std::size_t peers_up = 0;
    for (const auto& peer : node_.peers())
        peers_up += peer.state == mcast::PeerState::Up ? 1 : 0;
    Json("stats")
        .add("published", number_)
        .add("listeners", listeners)
        .add("peers", peers_up)
        .add("sent", stats.sent)
        .add("received", stats.received)
        .add("kernel_dropped", stats.kernel_dropped)
        .add("payload_copies", stats.payload_copies)
        .raw("dropped", drops(stats.dropped))
        .raw("streams", streams())
        .raw("interfaces", interfaces())
        .print();
}

}  // namespace probe
