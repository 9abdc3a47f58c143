#include "tools/mcast/bench/exchange.hpp"

#include <fstream>
#include <utility>

namespace mcast::bench {
namespace {

void write(wire::Thread::Builder to, const ThreadTime& from) {
    to.setWall(from.wall.count());
    to.setUser(from.user.count());
    to.setSystem(from.system.count());
    to.setWaited(from.waited.count());
}

ThreadTime read(const wire::Thread::Reader& from) {
    return {Duration(from.getWall()), Duration(from.getUser()), Duration(from.getSystem()),
            Duration(from.getWaited())};
}

void write(wire::Histogram::Builder to, const cli::Histogram& from) {
    to.setMin(from.min().count());
    to.setMax(from.max().count());
    const auto all = from.slots();
    auto slots = to.initSlots(static_cast<unsigned>(all.size()));
    for (unsigned i = 0; i < slots.size(); ++i) {
        slots[i].setFrom(all[i].from.count());
        slots[i].setCount(all[i].count);
    }
}

cli::Histogram read(const wire::Histogram::Reader& from) {
    cli::Histogram histogram;
    for (const auto slot : from.getSlots())
        histogram.add(Duration(slot.getFrom()), slot.getCount());
    histogram.widen(Duration(from.getMin()), Duration(from.getMax()));
    return histogram;
}

}  // namespace

void write(wire::Order::Builder order, const Assignment& assignment) {
    const Case& what = assignment.what;
    order.setMode(static_cast<std::uint8_t>(what.mode));
    order.setPath(static_cast<std::uint8_t>(what.path));
    order.setBackend(what.backend);
    order.setSize(static_cast<std::uint32_t>(what.size));
    order.setWindow(static_cast<std::uint32_t>(what.window));
    order.setSpin(what.spin);
    order.setExpress(what.express);
    order.setLatest(what.latest);
    order.setCreditEvery(assignment.answer_every);
    order.setWarmUp(assignment.warm_up.count());
    order.setDomain(assignment.domain);
    order.setWallClock(assignment.wall_clock);
}

Assignment read(const wire::Order::Reader& order) {
    Assignment assignment;
    Case& what = assignment.what;
    what.mode = static_cast<Mode>(std::min<std::size_t>(order.getMode(), kModeCount - 1));
    what.path = static_cast<Path>(std::min<std::size_t>(order.getPath(), kPathCount - 1));
    what.backend = order.getBackend().cStr();
    what.size = std::clamp<std::size_t>(order.getSize() / 8 * 8, kMessageSizeMin, kMessageSizeMax);
    // Memory is taken for it: no more than anybody would ask for.
    what.window = std::min<std::size_t>(order.getWindow(), kWindowMax);
    what.spin = order.getSpin();
    what.express = order.getExpress();
    what.latest = order.getLatest();
    assignment.answer_every = order.getCreditEvery();
    assignment.warm_up = Duration(order.getWarmUp());
    assignment.domain = order.getDomain().cStr();
    assignment.wall_clock = order.getWallClock();
    return assignment;
}

void write(wire::Answer::Builder answer, const EndResult& result) {
    answer.setReceived(result.received);
    answer.setRepeated(result.repeated);
    answer.setCorrupt(result.corrupt);
    answer.setBytes(result.bytes);
    answer.setWindowMessages(result.window_messages);
    answer.setWindowSeconds(result.window_seconds);
    write(answer.initThread(), result.thread);
    auto counters = answer.initCounters(static_cast<unsigned>(result.counters.size()));
    for (unsigned i = 0; i < counters.size(); ++i) {
        counters[i].setName(result.counters[i].first);
        counters[i].setCount(result.counters[i].second);
    }
    write(answer.initHistogram(), result.latencies);
}

EndResult read(const wire::Answer::Reader& answer) {
    EndResult result;
    result.received = answer.getReceived();
    result.repeated = answer.getRepeated();
    result.corrupt = answer.getCorrupt();
    result.bytes = answer.getBytes();
    result.window_messages = answer.getWindowMessages();
    result.window_seconds = answer.getWindowSeconds();
    result.thread = read(answer.getThread());
    for (const auto counter : answer.getCounters())
        result.counters.emplace_back(counter.getName().cStr(), counter.getCount());
    result.latencies = read(answer.getHistogram());
    return result;
}

std::string machine_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    std::getline(file, id);
    return id;
}

NodeOptions exchange_options(NodeOptions options) {
    options.port = static_cast<std::uint16_t>(options.port - kExchangePortOffset);
    return options;
}

}  // namespace mcast::bench
