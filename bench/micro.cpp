// What a message costs on its way through a node, without any network: header codec, loan to
// publish, receive to drain. Beside each stands what Cap'n Proto alone costs for the same message.
#include <benchmark/benchmark.h>
#include <capnp/serialize.h>

#include <array>
#include <chrono>

#include "mcast/mcast.hpp"
#include "payload.capnp.h"
#include "tests/support/memory_link.hpp"
#include "wire/header.hpp"

namespace {

using mcast::bench::Quote;
using namespace std::chrono_literals;

void fill(Quote::Builder quote, std::uint64_t number) {
    quote.setInstrument(7);
    quote.setBid(100);
    quote.setAsk(101);
    quote.setBidSize(5);
    quote.setAskSize(6);
    quote.setNumber(number);
    quote.setTime(number);
}

std::uint64_t sum(const Quote::Reader& quote) {
    return quote.getInstrument() + static_cast<std::uint64_t>(quote.getBid() + quote.getAsk()) +
           quote.getBidSize() + quote.getAskSize() + quote.getNumber() + quote.getTime();
}

void count_messages(benchmark::State& state, std::int64_t messages) {
    state.SetItemsProcessed(messages);
}

// Two nodes on a cable in memory that know each other.
struct Pair {
    Pair() {
        for (int i = 0; i < 20; ++i) {
            link.advance(50ms);
            sender.poll();
            receiver.poll();
        }
    }
    mcast::support::MemoryLink link;
    mcast::Node sender = mcast::Node::open({.name = "sender"}, link.host()).value();
    mcast::Node receiver = mcast::Node::open({.name = "receiver"}, link.host()).value();
};

void header_write(benchmark::State& state) {
    alignas(8) std::array<std::byte, mcast::wire::kHeaderSize> bytes{};
    mcast::wire::Header header;
    header.origin = {42};
    for (auto _ : state) {
        ++header.sequence;
        mcast::wire::write_header(bytes, header);
        benchmark::DoNotOptimize(bytes);
    }
}
BENCHMARK(header_write);

void header_parse(benchmark::State& state) {
    alignas(8) std::array<std::byte, mcast::wire::kHeaderSize> bytes{};
    mcast::wire::Header header;
    header.origin = {42};
    mcast::wire::write_header(bytes, header);
    for (auto _ : state) {
        benchmark::DoNotOptimize(bytes);
        benchmark::DoNotOptimize(mcast::wire::parse_header(bytes));
    }
}
BENCHMARK(header_parse);

void capnp_build(benchmark::State& state) {
    alignas(8) std::array<std::byte, 64> room{};
    std::uint64_t number = 0;
    for (auto _ : state) {
        room.fill(std::byte{0});
        mcast::detail::RoomBuilder builder(room);
        fill(builder.initRoot<Quote>(), ++number);
        benchmark::DoNotOptimize(builder.getSegmentsForOutput());
    }
    count_messages(state, state.iterations());
}
BENCHMARK(capnp_build);

void loan_publish(benchmark::State& state) {
    Pair pair;
    auto quotes = pair.sender.publisher<Quote>("quotes");
    auto reader = pair.receiver.subscriber<Quote>("quotes");
    const Pair* const unused = &pair;
    benchmark::DoNotOptimize(unused);
    for (int i = 0; i < 20; ++i) {
        pair.link.advance(50ms);
        pair.sender.poll();
        pair.receiver.poll();
    }
    std::uint64_t number = 0;
    for (auto _ : state) {
        auto loan = quotes.loan();
        if (!loan) {
            state.SkipWithError("no transmit buffer");
            break;
        }
        fill(loan->root(), ++number);
        loan->publish();
        if (number % 1024 == 0) {
            // What the receiver does is not what is measured here.
            state.PauseTiming();
            pair.sender.poll();
            pair.receiver.poll();
            reader.drain([](const auto&) {});
            state.ResumeTiming();
        }
    }
    count_messages(state, state.iterations());
    state.counters["messages/datagram"] = static_cast<double>(quotes.stats().published) /
                                          static_cast<double>(quotes.stats().datagrams);
}
BENCHMARK(loan_publish);

void capnp_read(benchmark::State& state) {
    alignas(8) std::array<std::byte, 64> room{};
    mcast::detail::RoomBuilder builder(std::span<std::byte>(room).subspan(8));
    fill(builder.initRoot<Quote>(), 1);
    const auto segment = builder.getSegmentsForOutput()[0];
    const kj::ArrayPtr<const capnp::word> segments[] = {segment};
    for (auto _ : state) {
        capnp::SegmentArrayMessageReader reader(segments);
        benchmark::DoNotOptimize(sum(reader.getRoot<Quote>()));
    }
    count_messages(state, state.iterations());
}
BENCHMARK(capnp_read);

void receive_drain(benchmark::State& state) {
    Pair pair;
    auto quotes = pair.sender.publisher<Quote>("quotes");
    auto reader = pair.receiver.subscriber<Quote>("quotes");
    for (int i = 0; i < 20; ++i) {
        pair.link.advance(50ms);
        pair.sender.poll();
        pair.receiver.poll();
    }
    constexpr int kMessages = 1024;
    std::int64_t drained = 0;
    std::uint64_t number = 0;
    while (state.KeepRunningBatch(kMessages)) {
        state.PauseTiming();
        for (int i = 0; i < kMessages; ++i) {
            auto loan = quotes.loan();
            fill(loan->root(), ++number);
            loan->publish();
        }
        pair.sender.poll();
        state.ResumeTiming();
        pair.receiver.poll();
        std::uint64_t total = 0;
        drained += static_cast<std::int64_t>(
            reader.drain([&](const mcast::Sample<Quote>& quote) { total += sum(*quote); }));
        benchmark::DoNotOptimize(total);
    }
    if (drained != state.iterations()) state.SkipWithError("messages were lost");
    count_messages(state, drained);
}
BENCHMARK(receive_drain);

}  // namespace

BENCHMARK_MAIN();
