#include "tests/sim/stream_book.hpp"

#include <algorithm>
#include <iterator>

namespace worlds {

using mcast::StreamLoss;

namespace {

// Losses of a reliable stream that are told by Gap events.
constexpr StreamLoss kTold[] = {StreamLoss::Expired, StreamLoss::NotHeld, StreamLoss::PeerGone,
                                StreamLoss::Unanswered};

}  // namespace

std::string StreamBook::describe(const mcast::StreamInfo& stream) {
    std::string text = stream.topic + " of " + stream.peer_name + ": first " +
                       std::to_string(stream.first) + ", newest " + std::to_string(stream.newest) +
                       ", delivered " + std::to_string(stream.delivered) + ", waiting " +
                       std::to_string(stream.waiting) + ", missing " +
                       std::to_string(stream.missing);
    for (std::size_t i = 0; i < stream.lost.size(); ++i) {
        if (stream.lost[i] == 0) continue;
        text += ", " + std::string(to_string(static_cast<StreamLoss>(i))) + " " +
                std::to_string(stream.lost[i]);
    }
    return text;
}

void StreamBook::Page::add(std::uint64_t from, std::uint64_t to) {
    auto next = gaps.upper_bound(from);
    if (next != gaps.begin() && std::prev(next)->second + 1 >= from) --next;
    while (next != gaps.end() && next->first <= to + 1) {
        from = std::min(from, next->first);
        to = std::max(to, next->second);
        next = gaps.erase(next);
    }
    gaps[from] = to;
}

std::uint64_t StreamBook::Page::count(std::uint64_t from, std::uint64_t to) const {
    auto gap = gaps.upper_bound(from);
    if (gap != gaps.begin()) --gap;
    std::uint64_t sum = 0;
    for (; gap != gaps.end() && gap->first <= to; ++gap) {
        const std::uint64_t begin = std::max(gap->first, from);
        const std::uint64_t end = std::min(gap->second, to);
        if (begin <= end) sum += end - begin + 1;
    }
    return sum;
}

const StreamBook::Page* StreamBook::find(std::size_t run, mcast::PeerId publisher,
                                         std::string_view topic) const {
    const auto found = pages_.find({run, publisher, std::string(topic)});
    return found == pages_.end() ? nullptr : &found->second;
}

void StreamBook::on_event(std::size_t run, const mcast::Event& event) {
    if (event.kind == mcast::EventKind::Gap) {
        pages_[{run, event.peer, std::string(event.topic)}].add(event.first, event.last);
    } else if (event.kind == mcast::EventKind::PeerDown) {
        for (auto& [key, page] : pages_)
            if (std::get<0>(key) == run && std::get<1>(key) == event.peer) page.may_begin = true;
    }
}

void StreamBook::on_subscription(std::size_t run, std::string_view topic) {
    for (auto& [key, page] : pages_)
        if (std::get<0>(key) == run && std::get<2>(key) == topic) page.may_begin = true;
}

std::string StreamBook::on_stream(std::size_t run, const mcast::StreamInfo& stream) {
    if (stream.first == 0) return {};
    const bool reliable = stream.delivery == mcast::Delivery::Reliable;
    Page& page = pages_[{run, stream.publisher, stream.topic}];
    const bool begins = page.first != stream.first;
    if (begins && !page.may_begin && reliable)
        return "began anew without a word at " + std::to_string(stream.first) + " after " +
               std::to_string(page.first) + ": " + describe(stream);
    if (begins) page.may_begin = false;
    page.first = stream.first;
    const std::uint64_t sum =
        stream.delivered + stream.waiting + stream.missing + stream.lost_count();
    if (stream.newest + 1 - stream.first != sum)
        return "the ledger does not balance: " + describe(stream);
    std::uint64_t lost = 0;
    for (const StreamLoss loss : kTold)
        lost += stream.lost[static_cast<std::size_t>(loss)];
    const std::uint64_t told = page.count(stream.first, stream.newest);
    if (reliable && told < lost)
        return "only " + std::to_string(told) + " of " + std::to_string(lost) +
               " lost ones were told: " + describe(stream);
    return {};
}

bool StreamBook::told(std::size_t run, mcast::PeerId publisher, std::string_view topic,
                      std::uint64_t first, std::uint64_t last) const {
    const Page* page = find(run, publisher, topic);
    return page != nullptr && page->count(first, last) > 0;
}

std::uint64_t StreamBook::first(std::size_t run, mcast::PeerId publisher,
                                std::string_view topic) const {
    const Page* page = find(run, publisher, topic);
    return page == nullptr ? 0 : page->first;
}

}  // namespace worlds
