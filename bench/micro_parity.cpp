// What parity costs: nanoseconds for each datagram of a block of full datagrams, at its publisher
// and at a receiver that misses as many as can be missing. Arguments: datagrams and pieces.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "parity/decoder.hpp"
#include "parity/encoder.hpp"
#include "wire/header.hpp"
#include "wire/parity.hpp"

namespace {

using Bytes = std::vector<std::byte>;
namespace wire = mcast::wire;
namespace parity = mcast::parity;

// What an Ethernet frame carries of a stream with parity.
constexpr std::size_t kDatagramMax = 1472 - wire::kParityOverhead;

std::vector<Bytes> make_datagrams(std::size_t count) {
    std::vector<Bytes> datagrams(count, Bytes(kDatagramMax));
    for (std::size_t i = 0; i < count; ++i) {
        wire::Header header;
        header.origin = {42};
        header.sequence = i + 1;
        wire::write_header(std::span(datagrams[i]).first<wire::kHeaderSize>(), header);
        for (std::size_t at = wire::kHeaderSize; at < kDatagramMax; ++at)
            datagrams[i][at] = static_cast<std::byte>(at * 7 + i * 31);
    }
    return datagrams;
}

std::vector<Bytes> encode(parity::Encoder& encoder, const std::vector<Bytes>& datagrams) {
    for (std::size_t i = 0; i < datagrams.size(); ++i)
        static_cast<void>(encoder.on_datagram(i + 1, datagrams[i]));
    std::vector<Bytes> pieces(encoder.piece_count(), Bytes(encoder.message_size()));
    for (std::uint8_t index = 0; index < encoder.piece_count(); ++index)
        static_cast<void>(encoder.write(index, pieces[index]));
    encoder.clear();
    return pieces;
}

mcast::Parity plan_of(const benchmark::State& state) {
    return {static_cast<std::uint8_t>(state.range(0)), static_cast<std::uint8_t>(state.range(1))};
}

void count_datagrams(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetLabel(std::string(parity::Combiner::kind()));
}

void parity_encode(benchmark::State& state) {
    const mcast::Parity plan = plan_of(state);
    const std::vector<Bytes> datagrams = make_datagrams(plan.data);
    parity::Encoder encoder(plan, kDatagramMax);
    Bytes room(1500);
    for (auto _ : state) {
        for (std::size_t i = 0; i < datagrams.size(); ++i)
            benchmark::DoNotOptimize(encoder.on_datagram(i + 1, datagrams[i]));
        for (std::uint8_t index = 0; index < plan.parity; ++index)
            benchmark::DoNotOptimize(encoder.write(index, room));
        encoder.clear();
    }
    count_datagrams(state);
}
BENCHMARK(parity_encode)->Args({16, 1})->Args({16, 4})->Args({64, 16});

void parity_decode(benchmark::State& state) {
    const mcast::Parity plan = plan_of(state);
    const std::vector<Bytes> datagrams = make_datagrams(plan.data);
    parity::Encoder encoder(plan, kDatagramMax);
    const std::vector<Bytes> pieces = encode(encoder, datagrams);
    parity::Block block;
    block.first = 1;
    block.count = plan.data;
    block.piece_count = plan.parity;
    for (std::size_t i = plan.parity; i < datagrams.size(); ++i)
        block.datagrams[i] = datagrams[i];
    for (std::size_t i = 0; i < pieces.size(); ++i)
        block.pieces[i] = wire::parse_parity(pieces[i]).value();
    wire::Header stream;
    stream.origin = {42};
    parity::Decoder decoder(kDatagramMax);
    for (auto _ : state) {
        const parity::Decoded decoded = decoder.decode(block, stream);
        if (decoded.datagrams.size() != plan.parity) {
            state.SkipWithError("nothing was recovered");
            break;
        }
    }
    count_datagrams(state);
}
BENCHMARK(parity_decode)->Args({16, 1})->Args({16, 4})->Args({64, 16});

}  // namespace
