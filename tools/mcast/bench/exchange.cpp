#include "tools/mcast/bench/exchange.hpp"

#include <capnp/serialize.h>

#include <cstring>
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

template <typename List>
void write(List list, const Counters& counters) {
    for (unsigned i = 0; i < list.size(); ++i) {
        list[i].setName(counters[i].first);
        list[i].setCount(counters[i].second);
    }
}

Counters read(const capnp::List<wire::Counter>::Reader& list) {
    Counters counters;
    for (const auto counter : list)
        counters.emplace_back(counter.getName().cStr(), counter.getCount());
    return counters;
}

std::string bytes_of(capnp::MessageBuilder& message) {
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asChars();
    return {bytes.begin(), bytes.size()};
}

// The message in these bytes; a process that died has written nothing, or a part.
template <typename Type, typename Value>
Result<Value> read_message(const std::string& bytes,
                           Result<Value> (*take)(const typename Type::Reader&)) {
    try {
        kj::Array<capnp::word> words =
            kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
        std::memcpy(words.begin(), bytes.data(), words.asBytes().size());
        capnp::FlatArrayMessageReader reader(words);
        return take(reader.getRoot<Type>());
    } catch (const kj::Exception& error) {
        return Error{ErrorCode::System, 0,
                     "the process that measures ended without a word (" +
                         std::to_string(bytes.size()) + " bytes of it)"};
    }
}

Result<Assignment> take_case(const wire::Order::Reader& order) {
    return bench::read(order);
}

Result<Round> take_outcome(const wire::Outcome::Reader& outcome) {
    if (outcome.getProblem().size() > 0)
        return Error{ErrorCode::System, 0, outcome.getProblem().cStr()};
    Round round;
    round.sender.sent = outcome.getSent();
    round.sender.unanswered = outcome.getUnanswered();
    round.sender.stalls = outcome.getStalls();
    round.sender.thread = read(outcome.getThread());
    round.sender.counters = read(outcome.getCounters());
    round.sender.round_trips = read(outcome.getRoundTrips());
    round.sender.lateness = read(outcome.getLateness());
    for (const auto end : outcome.getEnds())
        round.ends.push_back(bench::read(end));
    return round;
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
    order.setReliable(what.reliable);
    order.setCreditEvery(assignment.answer_every);
    order.setWarmUp(assignment.warm_up.count());
    order.setDomain(assignment.domain);
    order.setWallClock(assignment.wall_clock);
    order.setRate(what.rate);
    order.setBatch(static_cast<std::uint32_t>(what.batch));
    order.setDuration(assignment.duration.count());
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
    what.reliable = order.getReliable();
    assignment.answer_every = order.getCreditEvery();
    assignment.warm_up = Duration(order.getWarmUp());
    assignment.domain = order.getDomain().cStr();
    assignment.wall_clock = order.getWallClock();
    what.rate = order.getRate();
    what.batch = order.getBatch();
    assignment.duration = Duration(order.getDuration());
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
    write(answer.initCounters(static_cast<unsigned>(result.counters.size())), result.counters);
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
    result.counters = read(answer.getCounters());
    result.latencies = read(answer.getHistogram());
    return result;
}

std::string case_bytes(const Case& what, const Timing& timing) {
    Assignment assignment;
    assignment.what = what;
    assignment.warm_up = timing.warm_up;
    assignment.duration = timing.duration;
    capnp::MallocMessageBuilder message;
    write(message.initRoot<wire::Order>(), assignment);
    return bytes_of(message);
}

Result<Assignment> read_case(const std::string& bytes) {
    return read_message<wire::Order, Assignment>(bytes, take_case);
}

std::string outcome_bytes(const Result<Round>& outcome) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<wire::Outcome>();
    if (!outcome) {
        root.setProblem(outcome.error().what);
        return bytes_of(message);
    }
    const SenderResult& sender = outcome->sender;
    root.setSent(sender.sent);
    root.setUnanswered(sender.unanswered);
    root.setStalls(sender.stalls);
    write(root.initThread(), sender.thread);
    write(root.initCounters(static_cast<unsigned>(sender.counters.size())), sender.counters);
    write(root.initRoundTrips(), sender.round_trips);
    write(root.initLateness(), sender.lateness);
    auto ends = root.initEnds(static_cast<unsigned>(outcome->ends.size()));
    for (unsigned i = 0; i < ends.size(); ++i)
        write(ends[i], outcome->ends[i]);
    return bytes_of(message);
}

Result<Round> read_outcome(const std::string& bytes) {
    return read_message<wire::Outcome, Round>(bytes, take_outcome);
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
