// What a message costs on its way through a node, without any network: header codec, loan to
// publish, receive to drain. Beside each stands what Cap'n Proto alone costs for the same message.
#include <benchmark/benchmark.h>
#include <capnp/serialize.h>

#include <array>
#include <span>
#include <vector>

#include "bench/pair.hpp"
#include "wire/header.hpp"

namespace {

using mcast::bench::fill;
using mcast::bench::Pair;
using mcast::bench::Quote;
using mcast::bench::sum;

void count_messages(benchmark::State& state, std::int64_t messages) {
    state.SetItemsProcessed(messages);
}

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
    pair.get_acquainted();
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
    pair.get_acquainted();
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

// A message that somebody else has built: copied once into the datagram.
void publish_ready(benchmark::State& state) {
    Pair pair;
    auto quotes = pair.sender.raw_publisher("quotes", capnp::typeId<Quote>());
    auto reader = pair.receiver.raw_subscriber("quotes");
    pair.get_acquainted();
    capnp::MallocMessageBuilder builder;
    fill(builder.initRoot<Quote>(), 1);
    const auto words = capnp::messageToFlatArray(builder);
    const auto frame = std::as_bytes(std::span(words.begin(), words.size()));
    std::uint64_t number = 0;
    for (auto _ : state) {
        if (!quotes.publish(frame)) {
            state.SkipWithError("no transmit buffer");
            break;
        }
        if (++number % 1024 == 0) {
            state.PauseTiming();
            pair.sender.poll();
            pair.receiver.poll();
            reader.drain([](const auto&) {});
            state.ResumeTiming();
        }
    }
    count_messages(state, state.iterations());
}
BENCHMARK(publish_ready);

// A message of several datagrams, from publishing to its handler: cut, sent, put together.
void large_message(benchmark::State& state) {
    Pair pair;
    auto blocks = pair.sender.publisher<mcast::bench::Block>("blocks");
    auto reader = pair.receiver.subscriber<mcast::bench::Block>("blocks");
    pair.get_acquainted();
    const auto size = static_cast<unsigned>(state.range(0));
    std::int64_t drained = 0;
    for (auto _ : state) {
        if (auto loan = blocks.loan()) {
            loan->root().initData(size);
            loan->publish();
        }
        pair.sender.poll();
        pair.receiver.poll();
        drained += static_cast<std::int64_t>(reader.drain(
            [&](const auto& block) { benchmark::DoNotOptimize(block->getData().size()); }));
    }
    if (drained != state.iterations()) state.SkipWithError("messages were lost");
    state.SetBytesProcessed(drained * size);
}
BENCHMARK(large_message)->Arg(4096)->Arg(65536)->Arg(524288);

// What a loop pays that polls a node with nothing to do.
void poll_idle(benchmark::State& state) {
    Pair pair;
    for (auto _ : state)
        benchmark::DoNotOptimize(pair.sender.poll());
}
BENCHMARK(poll_idle);

}  // namespace

BENCHMARK_MAIN();
