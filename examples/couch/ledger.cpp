#include "ledger.hpp"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <span>
#include <utility>

namespace couch {
namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

float percentile(std::span<float> values, std::size_t percent) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[(values.size() - 1) * percent / 100];
}

}  // namespace

void Ledger::note(const mcast::Event& event) {
    std::cout << node_.name() << ": " << to_string(event) << std::endl;
    if (!event.peer) return;
    Entry& entry = entries_[event.peer];
    if (event.kind == mcast::EventKind::PeerUp) {
        entry.name = event.peer_name;
        entry.here = true;
        entry.found = Seconds(event.at - opened_).count();
    }
    if (event.kind == mcast::EventKind::PeerDown) entry.here = false;
    const auto lost = event.kind == mcast::EventKind::Gap ? event.last - event.first + 1 : 0;
    entry.lost += lost;
    report(to_string(event.kind), entry) << ",\"lost\":" << lost << "}" << std::endl;
}

void Ledger::note(const mcast::RawSample& sample, std::uint32_t number) {
    Entry& entry = entries_[sample.peer()];
    if (std::exchange(entry.interface, sample.interface()) != sample.interface())
        for (const auto& status : node_.interfaces())
            if (status.interface.index == sample.interface())
                entry.interfaces.insert(status.interface.name);
    if (entry.messages == 0) {
        entry.first = entry.last = sample.received_at();
        entry.next_number = number;
    }
    const auto pause = sample.received_at() - entry.last;
    if (pause > 150ms) {
        const Seconds received = sample.received_at().time_since_epoch();
        report("resumed", entry) << ",\"received\":" << received.count() << "}" << std::endl;
    }
    entry.longest = std::max(entry.longest, pause);
    entry.last = sample.received_at();
    entry.missed += number - std::min(number, entry.next_number);
    entry.next_number = number + 1;
    const std::chrono::duration<float, std::micro> latency = entry.last - sample.sent_at();
    entry.latencies[entry.messages++ % entry.latencies.size()] = latency.count();
}

void Ledger::tick() {
    if (node_.now() < next_tick_) return;
    next_tick_ += 1s;
    std::cout << node_.name() << ":";
    for (auto& [peer, entry] : entries_) {
        const auto rate = entry.messages - std::exchange(entry.messages_before, entry.messages);
        if (!entry.here) continue;
        std::cout << "  " << entry.name << " " << rate << "/s";
        report("second", entry) << ",\"rate\":" << rate << "}" << std::endl;
    }
    std::cout << std::endl;
}

void Ledger::total() {
    for (auto& [peer, entry] : entries_) {
        const std::span latencies(entry.latencies.data(),
                                  std::min<std::size_t>(entry.messages, entry.latencies.size()));
        report("total", entry) << ",\"found\":" << entry.found << ",\"messages\":" << entry.messages
                               << ",\"lost\":" << entry.lost << ",\"missed\":" << entry.missed
                               << ",\"span\":" << Seconds(entry.last - entry.first).count()
                               << ",\"longest\":" << Seconds(entry.longest).count()
                               << ",\"p50_us\":" << percentile(latencies, 50)
                               << ",\"p99_us\":" << percentile(latencies, 99)
                               << ",\"interfaces\":[";
        for (const char* comma = ""; const std::string& name : entry.interfaces)
            report_ << std::exchange(comma, ",") << std::quoted(name);
        report_ << "]}" << std::endl;
    }
}

std::ostream& Ledger::report(std::string_view event, const Entry& entry) {
    const Seconds now = std::chrono::system_clock::now().time_since_epoch();
    return report_ << std::fixed << "{\"who\":" << std::quoted(node_.name())
                   << ",\"event\":" << std::quoted(event) << ",\"peer\":" << std::quoted(entry.name)
                   << ",\"at\":" << now.count();
}

}  // namespace couch
