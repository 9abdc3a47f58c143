// What callgrind counts, for tools/profile: messages through two nodes on a cable in memory, the
// sending and the receiving half each in a function of its own.
#include <capnp/serialize.h>

#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include "bench/pair.hpp"

namespace {

using namespace mcast;
using mcast::bench::Pair;
using mcast::bench::Quote;

// As many as the receiving queue of a default subscriber holds with ease.
constexpr int kBatch = 2048;
// Bulk: one message fills a datagram, and so many leave at a time.
constexpr int kBulkBatch = 64;
constexpr std::size_t kBulkSize = 1408;

}  // namespace

// Found by name in callgrind's --toggle-collect, so never inlined and not mangled.
extern "C" {

[[gnu::noinline]] void cost_publish(Node& node, Publisher<Quote>& publisher) {
    for (int i = 0; i < kBatch; ++i) {
        auto loan = publisher.loan();
        if (!loan) std::abort();
        bench::fill(loan->root(), static_cast<std::uint64_t>(i));
        loan->publish();
    }
    node.poll();
}

[[gnu::noinline]] std::size_t cost_drain(Node& node, Subscriber<Quote>& subscriber,
                                         std::uint64_t& total) {
    node.poll();
    return subscriber.drain(
        [&](const Sample<Quote>& quote) { total += mcast::bench::sum(*quote); });
}

[[gnu::noinline]] void cost_publish_ready(Node& node, RawPublisher& publisher,
                                          std::span<const std::byte> frame) {
    for (int i = 0; i < kBatch; ++i) {
        if (!publisher.publish(frame)) std::abort();
    }
    node.poll();
}

[[gnu::noinline]] std::size_t cost_drain_ready(Node& node, RawSubscriber& subscriber,
                                               std::uint64_t& total) {
    node.poll();
    return subscriber.drain([&](const RawSample& sample) { total += sample.bytes().size(); });
}

[[gnu::noinline]] void cost_publish_bulk(Node& node, RawPublisher& publisher,
                                         std::span<const std::byte> frame) {
    for (int i = 0; i < kBulkBatch; ++i) {
        if (!publisher.publish(frame)) std::abort();
    }
    node.poll();
}

[[gnu::noinline]] std::size_t cost_drain_bulk(Node& node, RawSubscriber& subscriber,
                                              std::uint64_t& total) {
    node.poll();
    return subscriber.drain([&](const RawSample& sample) { total += sample.bytes().size(); });
}

}  // extern "C"

int main(int count, char** arguments) {
    const int rounds = count > 1 ? std::atoi(arguments[1]) : 50;
    Pair pair;
    auto quotes = pair.sender.publisher<Quote>("quotes");
    auto reader = pair.receiver.subscriber<Quote>("quotes");
    auto ready = pair.sender.raw_publisher("ready", capnp::typeId<Quote>());
    auto ready_reader = pair.receiver.raw_subscriber("ready", capnp::typeId<Quote>());
    auto bulk = pair.sender.raw_publisher("bulk", capnp::typeId<Quote>());
    auto bulk_reader = pair.receiver.raw_subscriber("bulk", capnp::typeId<Quote>());
    pair.get_acquainted();
    capnp::MallocMessageBuilder builder;
    bench::fill(builder.initRoot<Quote>(), 1);
    const auto words = capnp::messageToFlatArray(builder);
    const auto frame = std::as_bytes(std::span(words.begin(), words.size()));
    // One segment of zeros behind its table: a frame like any other to who does not look inside.
    std::vector<std::uint64_t> block(kBulkSize / sizeof(std::uint64_t));
    block[0] = std::uint64_t{block.size() - 1} << 32;
    const auto bulk_frame = std::as_bytes(std::span(block));
    std::size_t drained = 0;
    std::uint64_t total = 0;
    for (int round = 0; round < rounds; ++round) {
        cost_publish(pair.sender, quotes);
        drained += cost_drain(pair.receiver, reader, total);
        cost_publish_ready(pair.sender, ready, frame);
        drained += cost_drain_ready(pair.receiver, ready_reader, total);
        for (int i = 0; i < kBatch / kBulkBatch; ++i) {
            cost_publish_bulk(pair.sender, bulk, bulk_frame);
            drained += cost_drain_bulk(pair.receiver, bulk_reader, total);
        }
    }
    const auto expected = static_cast<std::size_t>(rounds) * kBatch;
    std::printf("%zu\n", expected);
    if (drained == 3 * expected && total != 0) return 0;
    std::fprintf(stderr, "message_cost: %zu of %zu messages arrived\n", drained, 3 * expected);
    return 1;
}
