#include <capnp/serialize.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "bench/bench.capnp.h"
#include "bench/end.hpp"
#include "mcast/mcast.hpp"

namespace benchmarks {

namespace {

using namespace std::chrono_literals;
using mcast::Node;

constexpr std::size_t kBlockOverhead = 40;  // of a Block beside its data
constexpr int kPublishedPerPoll = 4096;
constexpr std::uint64_t kType = capnp::typeId<Quote>();

Node open(const End& end, const char* name) {
    auto node = Node::open({.domain = "bench", .name = name, .interfaces = {end.interface}});
    if (!node) {
        std::fprintf(stderr, "%s\n", node.error().what.c_str());
        std::exit(1);
    }
    return std::move(node).value();
}

void fill(Quote::Builder quote, std::uint64_t number, std::size_t) {
    quote.setInstrument(7);
    quote.setBid(100);
    quote.setAsk(101);
    quote.setBidSize(5);
    quote.setAskSize(6);
    quote.setNumber(number);
    quote.setTime(number);
}

void fill(Block::Builder block, std::uint64_t number, std::size_t size) {
    block.setNumber(number);
    block.setTime(number);
    auto data = block.initData(static_cast<unsigned>(size - kBlockOverhead));
    std::fill(data.begin(), data.end(), static_cast<capnp::byte>(number));
}

std::uint64_t read(const Quote::Reader& quote) {
    return quote.getInstrument() + static_cast<std::uint64_t>(quote.getBid() + quote.getAsk()) +
           quote.getBidSize() + quote.getAskSize() + quote.getNumber() + quote.getTime();
}

std::uint64_t read(const Block::Reader& block) {
    std::uint64_t sum = block.getNumber() + block.getTime();
    for (const capnp::byte byte : block.getData())
        sum += byte;
    return sum;
}

// Polls until somebody listens, then publishes until the time is over.
template <typename Publisher, typename Publish>
std::uint64_t run(Node& node, Publisher& publisher, const End& end, Publish&& publish) {
    const mcast::Instant give_up = node.now() + 10s;
    while (publisher.listeners() == 0 && node.now() < give_up)
        node.wait_until(node.now() + 10ms);
    const mcast::Instant stop = node.now() + end.duration;
    while (node.now() < stop) {
        for (int i = 0; i < kPublishedPerPoll; ++i)
            publish();
        node.poll();
    }
    return publisher.stats().published - publisher.stats().unheard;
}

template <typename T>
std::uint64_t send_typed(const End& end) {
    Node node = open(end, "sender");
    auto publisher = node.publisher<T>("bench");
    std::uint64_t number = 0;
    return run(node, publisher, end, [&] {
        if (auto loan = publisher.loan()) {
            fill(loan->root(), ++number, end.message_size);
            loan->publish();
        }
    });
}

std::uint64_t send_ready(const End& end) {
    Node node = open(end, "sender");
    auto publisher = node.raw_publisher("bench", kType);
    capnp::MallocMessageBuilder builder;
    if (end.message_size == 64)
        fill(builder.initRoot<Quote>(), 1, end.message_size);
    else
        fill(builder.initRoot<Block>(), 1, end.message_size);
    const auto words = capnp::messageToFlatArray(builder);
    const auto frame = std::as_bytes(std::span(words.asBytes().begin(), words.asBytes().end()));
    return run(node, publisher, end, [&] { publisher.publish(frame); });
}

template <typename Subscriber, typename Handler>
Measured collect(Node& node, Subscriber& subscriber, Handler&& handler) {
    std::puts("ready");
    std::fflush(stdout);
    Measured measured;
    mcast::Instant first{};
    mcast::Instant last{};
    for (;;) {
        node.wait_until(node.now() + 500ms);
        node.drain_events([](const mcast::Event&) {});
        const std::size_t count = subscriber.drain(handler);
        const mcast::Instant now = node.now();
        if (count > 0) {
            last = now;
            if (measured.messages == 0) first = now;
            measured.messages += count;
        } else if (measured.messages > 0 && now - last > 500ms) {
            break;
        }
    }
    measured.datagrams = subscriber.stats().datagrams;
    measured.seconds = std::chrono::duration<double>(last - first).count();
    return measured;
}

template <typename T>
Measured receive_typed(const End& end) {
    Node node = open(end, "receiver");
    auto subscriber = node.subscriber<T>("bench", {.queue_capacity = 1024});
    std::uint64_t sum = 0;
    const Measured measured =
        collect(node, subscriber, [&](const mcast::Sample<T>& sample) { sum += read(*sample); });
    std::fprintf(stderr, "%s", sum == 1 ? " " : "");  // the sum is needed: nothing is optimised out
    return measured;
}

Measured receive_ready(const End& end) {
    Node node = open(end, "receiver");
    auto subscriber = node.raw_subscriber("bench", kType, {.queue_capacity = 1024});
    std::size_t bytes = 0;
    const Measured measured = collect(
        node, subscriber, [&](const mcast::RawSample& sample) { bytes += sample.bytes().size(); });
    std::fprintf(stderr, "%s", bytes == 1 ? " " : "");
    return measured;
}

}  // namespace

std::uint64_t send_mcast(const End& end) {
    if (end.path == "ready") return send_ready(end);
    return end.message_size == 64 ? send_typed<Quote>(end) : send_typed<Block>(end);
}

Measured receive_mcast(const End& end) {
    if (end.path == "ready") return receive_ready(end);
    return end.message_size == 64 ? receive_typed<Quote>(end) : receive_typed<Block>(end);
}

}  // namespace benchmarks
