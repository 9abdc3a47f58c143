#include "tools/mcast/bench/mcast_ends.hpp"

#include <algorithm>
#include <optional>
#include <type_traits>

#include "mcast/mcast.hpp"
#include "tools/mcast/bench/open_node.hpp"

namespace mcast::bench {
namespace {

constexpr const char* kTopic = "bench";
constexpr const char* kAnswers = "bench-answers";
constexpr std::uint32_t kReassembliesSpare = 4;
// For the last repairs of a run.
constexpr Duration kSettleMax = std::chrono::seconds(2);

Qos qos_of(const Case& what) {
    Qos qos;
    qos.delivery = what.reliable ? Delivery::Reliable
                   : what.latest ? Delivery::Latest
                                 : Delivery::BestEffort;
    qos.express = what.express;
    // All that a window may hold; drain() follows each poll(), so it never gets full otherwise.
    qos.queue_capacity = 8192;
    return qos;
}

template <typename T>
class McastSender final : public Sender {
public:
    McastSender(Node node, const Meeting& meeting)
        : what_(meeting.what),
          content_(what_.size),
          node_(std::move(node)),
          answers_(node_.subscriber<Quote>(kAnswers)) {
        answered_.assign(what_.subscribers, 0);
        if constexpr (std::is_same_v<T, void>) {
            publisher_ = node_.raw_publisher(kTopic, content_.type_id(), qos_of(what_));
        } else {
            publisher_ = node_.publisher<T>(kTopic, qos_of(what_));
        }
    }

    bool ready() override {
        node_.wait_until(node_.now() + kNap);
        take_in();
        return publisher_.listeners() >= what_.subscribers &&
               answers_.publishers() >= what_.subscribers;
    }

    std::size_t send(std::uint64_t first, std::size_t count, Duration time,
                     Duration step) override {
        for (std::size_t i = 0; i < count; ++i, time += step) {
            if (!publish(first + i, static_cast<std::uint64_t>(time.count()))) return i;
        }
        return count;
    }

    void push() override {
        node_.poll();
        take_in();
    }
    void listen(bool may_sleep) override {
        if (may_sleep)
            node_.wait_until(node_.now() + kNap);
        else
            node_.poll();
        take_in();
    }
    void sleep_until(Instant when) override {
        node_.poll_until(when);
        take_in();
    }

    void settle() override {
        if (!what_.reliable) return;
        static_cast<void>(publisher_.flush_until_acknowledged(node_.now() + kSettleMax));
    }

    Counters counters() const override {
        const PublisherStats& stats = publisher_.stats();
        const NodeStats node = node_.stats();
        std::uint64_t errors = 0;
        for (const InterfaceStatus& status : node_.interfaces())
            errors += status.counters.send_errors;
        if (what_.reliable)
            return {{"datagrams", stats.datagrams}, {"refused", stats.refused},
                    {"held-back", stats.held_back}, {"paced", stats.paced},
                    {"naks", stats.naks},           {"repairs", stats.repairs},
                    {"not-held", stats.not_held},   {"heartbeats", stats.heartbeats},
                    {"send-errors", errors},        {"payload-copies", node.payload_copies}};
        return {{"datagrams", stats.datagrams},
                {"refused", stats.refused},
                {"unheard", stats.unheard},
                {"conflated", stats.conflated},
                {"send-dropped", stats.send_dropped},
                {"send-errors", errors},
                {"payload-copies", node.payload_copies}};
    }

private:
    bool publish(std::uint64_t number, std::uint64_t time) {
        if constexpr (std::is_same_v<T, void>) {
            return publisher_.publish(content_.stamped(number, time));
        } else {
            auto loan = publisher_.loan(what_.size);
            if (!loan) return false;
            fill(loan->root(), number, time, what_.size);
            loan->publish();
            return true;
        }
    }
    void take_in() {
        node_.drain_events([](const Event&) {});
        answers_.drain([this](const Sample<Quote>& answer) {
            on_answer(answer->getInstrument(), answer->getNumber());
        });
    }

    Case what_;
    Content content_;
    Node node_;
    Subscriber<Quote> answers_;
    std::conditional_t<std::is_same_v<T, void>, RawPublisher, Publisher<T>> publisher_;
};

template <typename T>
class McastReceiver final : public Receiver {
public:
    McastReceiver(Node node, const Meeting& meeting)
        : index_(meeting.index),
          content_(meeting.what.size),
          node_(std::move(node)),
          answers_(node_.publisher<Quote>(kAnswers, {.express = true})) {
        if constexpr (std::is_same_v<T, void>) {
            subscriber_ = node_.raw_subscriber(kTopic, content_.type_id(), qos_of(meeting.what));
        } else {
            subscriber_ = node_.subscriber<T>(kTopic, qos_of(meeting.what));
        }
    }

    bool ready() override {
        node_.wait_until(node_.now() + kNap);
        node_.drain_events([](const Event&) {});
        return answers_.listeners() > 0 && subscriber_.publishers() > 0;
    }

    void receive(Tally& tally, bool may_sleep) override {
        if (may_sleep)
            node_.wait_until(node_.now() + kNap);
        else
            node_.poll();
        node_.drain_events([](const Event&) {});
        if (drain(tally) > 0) tally.on_batch(now());
    }

    void answer(std::uint64_t number) override {
        auto loan = answers_.loan();
        if (!loan) return;
        auto quote = loan->root();
        quote.setInstrument(index_);
        quote.setNumber(number);
        loan->publish();
    }

    Counters counters() const override {
        const SubscriberStats& stats = subscriber_.stats();
        const NodeStats node = node_.stats();
        Counters all{{"datagrams", stats.datagrams},
                     {"gap-datagrams", stats.lost},
                     {"repaired", stats.repaired},
                     {"naks", stats.naks},
                     {"kernel-dropped", node.kernel_dropped},
                     {"payload-copies", node.payload_copies}};
        for (std::size_t i = 0; i < kDropCauseCount; ++i) {
            const auto cause = static_cast<DropCause>(i);
            // The node's counters know those of its subscribers.
            const std::uint64_t count = std::max(stats.dropped[cause], node.dropped[cause]);
            if (count > 0) all.emplace_back(to_string(cause), count);
        }
        return all;
    }

private:
    std::size_t drain(Tally& tally) {
        if constexpr (std::is_same_v<T, void>) {
            return subscriber_.drain([&](const RawSample& sample) {
                if (sample.bytes().size() == content_.size())
                    tally.on_message(content_.read(sample.bytes().data()), content_.size());
            });
        } else {
            return subscriber_.drain([&](const Sample<T>& sample) {
                tally.on_message(read(*sample), sample.bytes().size());
            });
        }
    }

    std::size_t index_;
    Content content_;
    Node node_;
    Publisher<Quote> answers_;
    std::conditional_t<std::is_same_v<T, void>, RawSubscriber, Subscriber<T>> subscriber_;
};

// `End<void>` for ready-made messages, else of the type that has the size.
template <template <typename> class End, typename Base>
Result<std::unique_ptr<Base>> open_end(const Meeting& meeting, Role role) {
    NodeOptions options = meeting.node;
    if (meeting.what.size > kSingleSizeMax) {
        // One poll may bring all that a window holds.
        // A builder that outgrows its room leaves gaps at the ends of its segments.
        options.limits.message_size_max = static_cast<std::uint32_t>(2 * meeting.what.size);
        options.limits.reassemblies_max =
            static_cast<std::uint32_t>(meeting.what.window_in_messages()) + kReassembliesSpare;
    }
    auto node = open_node(options, meeting.what.backend, role);
    if (!node) return node.error();
    std::unique_ptr<Base> end;
    if (meeting.what.path == Path::Ready)
        end = std::make_unique<End<void>>(std::move(*node), meeting);
    else if (meeting.what.size == kQuoteSize)
        end = std::make_unique<End<Quote>>(std::move(*node), meeting);
    else
        end = std::make_unique<End<Block>>(std::move(*node), meeting);
    return end;
}

}  // namespace

Result<std::unique_ptr<Sender>> open_mcast_sender(const Meeting& meeting) {
    return open_end<McastSender, Sender>(meeting, Role::Sender);
}
Result<std::unique_ptr<Receiver>> open_mcast_receiver(const Meeting& meeting) {
    return open_end<McastReceiver, Receiver>(meeting, Role::Receiver);
}

}  // namespace mcast::bench
