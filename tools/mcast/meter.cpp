#include "tools/mcast/meter.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "tools/mcast/duration.hpp"
#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// Bounds the memory that peers without end could take.
constexpr std::size_t kPeersCounted = 4096;

double microseconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1e3;
}

// Datagrams that were meant for us and did not get to us; being overtaken (Stale) or arriving
// twice is no loss.
std::uint64_t lost(const SubscriberStats& stats) {
    return stats.lost + stats.dropped[DropCause::QueueFull] + stats.dropped[DropCause::NoBuffer];
}

double loss_percent(const SubscriberStats& stats) {
    const std::uint64_t all = stats.datagrams + stats.lost + stats.dropped[DropCause::NoBuffer];
    return all == 0 ? 0 : 100.0 * static_cast<double>(lost(stats)) / static_cast<double>(all);
}

std::vector<std::pair<std::string, std::uint64_t>> causes(const DropCounters& dropped) {
    std::vector<std::pair<std::string, std::uint64_t>> all;
    for (std::size_t i = 0; i < kDropCauseCount; ++i) {
        const auto cause = static_cast<DropCause>(i);
        if (dropped[cause] > 0) all.emplace_back(to_string(cause), dropped[cause]);
    }
    return all;
}

std::string latency_text(const Histogram& histogram) {
    if (histogram.count() == 0) return "-";
    if (histogram.min() < Duration::zero()) return "unknown (the two clocks disagree)";
    return "p50 " + format_duration(histogram.quantile(0.5)) + " p99 " +
           format_duration(histogram.quantile(0.99));
}

}  // namespace

void Meter::on_sample(Instant now, const RawSample& sample) {
    if (count() == 0) first_at_ = now;
    last_at_ = now;
    total_.add(latency(sample));
    recent_.add(latency(sample));
    if (peers_.size() < kPeersCounted) peers_.insert(sample.peer());
}

void Meter::tick(Instant now) {
    std::rotate(quarters_.begin(), quarters_.begin() + 1, quarters_.end());
    quarters_.back() = {now, count()};
    if (++quarter_count_ % (quarters_.size() - 1) != 0) return;
    std::swap(recent_, previous_);
    recent_.clear();
}

double Meter::rate() const {
    if (count() < 2 || span() <= Duration::zero()) return 0;
    return static_cast<double>(count() - 1) * 1e9 / static_cast<double>(span().count());
}

double Meter::recent_rate() const {
    if (quarter_count_ < 2) return 0;
    const Quarter& oldest =
        quarters_[quarters_.size() - std::min(quarter_count_, quarters_.size())];
    const Quarter& newest = quarters_.back();
    const Duration time = newest.ended_at - oldest.ended_at;
    if (time <= Duration::zero()) return 0;
    return static_cast<double>(newest.count - oldest.count) * 1e9 /
           static_cast<double>(time.count());
}

std::string Meter::status(const SubscriberStats& stats) const {
    const Histogram& latency = previous_.count() > recent_.count() ? previous_ : recent_;
    return counted(count(), "message") + "  " + format_rate(recent_rate()) + "  latency " +
           latency_text(latency) + "  lost " + std::to_string(lost(stats)) + " (" +
           format_percent(loss_percent(stats)) + ")";
}

std::string Meter::summary(const SubscriberStats& stats, const NodeStats& node) const {
    std::string text = counted(count(), "message");
    if (count() > 0) text += " from " + counted(peers_.size(), "peer");
    if (rate() > 0) text += " within " + format_duration(span()) + " (" + format_rate(rate()) + ")";
    if (count() > 0) text += ", latency " + latency_text(total_);
    if (count() > 0 && total_.min() >= Duration::zero()) {
        text += " max " + format_duration(total_.max());
    }
    text += ", lost " + counted(lost(stats), "datagram") + " (" +
            format_percent(loss_percent(stats)) + ")";
    std::vector<std::string> parts;
    if (stats.lost > 0) parts.push_back("missing " + std::to_string(stats.lost));
    if (node.kernel_dropped > 0) {
        parts.push_back("of these dropped by the kernel up to " +
                        std::to_string(node.kernel_dropped));
    }
    for (const auto& [cause, drops] : causes(stats.dropped)) {
        parts.push_back(cause + " " + std::to_string(drops));
    }
    return parts.empty() ? text : text + ": " + join(parts, ", ");
}

std::string Meter::summary_json(const SubscriberStats& stats, const NodeStats& node) const {
    JsonWriter json;
    json.begin_object().key("summary").begin_object().field("messages", count());
    json.field("peers", std::uint64_t{peers_.size()}).field("bytes", stats.delivered_bytes);
    json.field("datagrams", stats.datagrams).field("rate", rate());
    json.key("latency_us");
    if (count() > 0) {
        json.begin_object().field("min", microseconds(total_.min()));
        json.field("p50", microseconds(total_.quantile(0.5)));
        json.field("p99", microseconds(total_.quantile(0.99)));
        json.field("max", microseconds(total_.max())).end_object();
    } else {
        json.null();
    }
    json.field("lost", lost(stats)).field("loss_percent", loss_percent(stats));
    json.field("missing", stats.lost).field("kernel_dropped", node.kernel_dropped);
    json.key("dropped").begin_object();
    for (const auto& [cause, drops] : causes(stats.dropped))
        json.field(cause, drops);
    return json.end_object().end_object().end_object().text();
}

}  // namespace mcast::cli
