#pragma once

#include <kj/exception.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "mcast/event.hpp"
#include "mcast/export.hpp"
#include "mcast/host.hpp"
#include "mcast/message.hpp"
#include "mcast/node.hpp"
#include "mcast/options.hpp"
#include "mcast/result.hpp"
#include "mcast/stats.hpp"
#include "mcast/time.hpp"

namespace mcast {

struct RunnerOptions {
    int core = -1;                      // the I/O thread runs on this one; -1: on any
    std::string thread_name = "mcast";  // as top and gdb show it; at most 15 bytes
    // How long the I/O thread goes on looking after it last had work, before it sleeps. Waking it
    // costs whoever publishes a system call and the message some microseconds. 0: it sleeps at
    // once; Duration::max(): it never does, and keeps its core busy.
    Duration spin = std::chrono::microseconds(50);
    // Datagrams that application threads fill or that wait for the I/O thread, in all; 0: half of
    // the transport's transmit buffers. No more than three quarters.
    std::uint32_t transmit_buffers = 0;
    std::uint32_t events_max = 256;  // waiting for drain_events()
    // Makes another Host than kernel sockets; called on the I/O thread.
    std::function<Result<Host>()> host{};
};

struct RunnerPublisherStats {
    PublisherStats node;                  // of what the I/O thread has taken over
    std::uint64_t refused_no_buffer = 0;  // loans: every transmit buffer is in use
    std::uint64_t refused_stopped = 0;    // loans after stop()
    std::uint64_t unsent = 0;             // messages that were published after stop()
};

struct RunnerStats {
    NodeStats node;
    std::uint64_t turns = 0;           // of the I/O thread
    std::uint64_t sleeps = 0;          // how often it went to sleep
    std::uint64_t handed_over = 0;     // datagrams that application threads filled
    std::uint64_t handed_out = 0;      // datagrams put into the queues of subscribers
    std::uint64_t events_dropped = 0;  // more than events_max waited for drain_events()
};

namespace detail {

class Draft;
class Inlet;
class Outlet;
class RunnerCore;

// A stretch of a draft in which a message is being built. Gives itself back if unpublished.
class MCAST_API DraftRoom {
public:
    DraftRoom(Outlet& outlet, Draft& draft) : outlet_(&outlet), draft_(&draft) {}
    DraftRoom(const DraftRoom&) = delete;
    DraftRoom& operator=(const DraftRoom&) = delete;
    ~DraftRoom();

    [[nodiscard]] std::span<std::byte> segment() const;
    void publish(RoomBuilder& builder);
    [[nodiscard]] bool published() const { return outlet_ == nullptr; }

private:
    Outlet* outlet_;
    Draft* draft_;
};

// What RunnerPublisher<T> is for every T.
class MCAST_API OutletHandle {
public:
    OutletHandle() noexcept;
    explicit OutletHandle(std::unique_ptr<Outlet> outlet) noexcept;
    OutletHandle(const OutletHandle& other);
    OutletHandle(OutletHandle&& other) noexcept;
    OutletHandle& operator=(OutletHandle other) noexcept;
    ~OutletHandle();

    explicit operator bool() const { return outlet_ != nullptr; }
    [[nodiscard]] std::size_t listeners() const;
    [[nodiscard]] RunnerPublisherStats stats() const;

protected:
    [[nodiscard]] Draft* acquire(std::size_t size_hint);

    std::unique_ptr<Outlet> outlet_;
};

// What RunnerSubscriber<T> is for every T.
class MCAST_API InletHandle {
public:
    InletHandle() noexcept;
    explicit InletHandle(std::unique_ptr<Inlet> inlet) noexcept;
    InletHandle(const InletHandle& other);
    InletHandle(InletHandle&& other) noexcept;
    InletHandle& operator=(InletHandle other) noexcept;
    ~InletHandle();

    explicit operator bool() const { return inlet_ != nullptr; }
    bool wait_for(Duration duration);
    [[nodiscard]] SubscriberStats stats() const;

protected:
    void begin_drain();
    const MessageView* next();
    void reject();

    std::unique_ptr<Inlet> inlet_;
};

}  // namespace detail

// A message that is being built inside an outgoing datagram, on any thread. Neither copied nor
// moved; one that is not published gives its room back. Drop it before its publisher.
template <typename T>
class RunnerLoan {
public:
    RunnerLoan(detail::Outlet& outlet, detail::Draft& draft)
        : room_(outlet, draft), builder_(room_.segment()) {}

    // The root to fill in; the same one every time.
    [[nodiscard]] typename T::Builder root() {
        if (!begun_) {
            begun_ = true;
            return builder_.template initRoot<T>();
        }
        return builder_.template getRoot<T>();
    }
    // Closes the message. Its datagram leaves when the I/O thread comes by, full or not; until
    // then the following messages of this publisher join it, unless the topic is express or
    // Latest. A second call does nothing.
    void publish() {
        if (room_.published()) return;
        if (!begun_) static_cast<void>(root());
        room_.publish(builder_);
    }

private:
    detail::DraftRoom room_;
    detail::RoomBuilder builder_;
    bool begun_ = false;
};

// Publishes on a topic from an application's thread. Each thread has its own: copies publish on
// the same topic, and copying is allowed while another thread uses the original. What one of them
// publishes arrives in order. Drop all of them before their runner.
template <typename T>
class RunnerPublisher : private detail::OutletHandle {
public:
    RunnerPublisher() = default;

    // False if it was refused; an event and the log said why.
    using detail::OutletHandle::operator bool;
    // Peers that are up and subscribe to the topic, as of some milliseconds ago.
    using detail::OutletHandle::listeners;
    // Of all copies together. Asks the I/O thread, and waits for it.
    using detail::OutletHandle::stats;

    // A message to fill in; empty when every transmit buffer is in use or the runner has stopped,
    // each counted. `size_hint`: bytes it will probably need, framing included; 0: as the largest
    // recent one. Takes no lock and makes no system call, except to wake a sleeping I/O thread.
    [[nodiscard]] std::optional<RunnerLoan<T>> loan(std::size_t size_hint = 0) {
        detail::Draft* const draft = acquire(size_hint);
        if (draft == nullptr) return std::nullopt;
        return std::optional<RunnerLoan<T>>(std::in_place, *outlet_, *draft);
    }

private:
    friend class Runner;
    explicit RunnerPublisher(detail::OutletHandle&& handle)
        : detail::OutletHandle(std::move(handle)) {}
};

// Receives a topic on application threads. Copies share one queue, each message goes to one of
// them; a further Runner::subscriber() has a queue of its own. Each thread has its own copy. Drop
// all of them before their runner; what was held may stay.
template <typename T>
class RunnerSubscriber : private detail::InletHandle {
public:
    RunnerSubscriber() = default;

    // False if it was refused; an event and the log said why.
    using detail::InletHandle::operator bool;
    // Sleeps until there is something to drain; false if `duration` has passed or the runner has
    // stopped and there is nothing.
    using detail::InletHandle::wait_for;
    // Of all copies together; what waited for too long is DropCause::QueueFull, the oldest first.
    // Asks the I/O thread, and waits for it.
    using detail::InletHandle::stats;

    // Calls `handler(const Sample<T>&)` for each message that waits (for Latest: for the newest of
    // each peer), in order for each peer, and returns how many; after Qos::queue_capacity
    // datagrams it lets the caller do something else. A kj::Exception ends here and is counted as
    // MalformedMessage. Sample::hold() keeps a datagram on any thread, for any time.
    template <typename Handler>
    std::size_t drain(Handler&& handler) {
        std::size_t count = 0;
        begin_drain();
        while (const detail::MessageView* view = next()) {
            try {
                const Sample<T> sample(*view);
                handler(sample);
                ++count;
            } catch (const kj::Exception&) {
                reject();
            }
        }
        return count;
    }

private:
    friend class Runner;
    explicit RunnerSubscriber(detail::InletHandle&& handle)
        : detail::InletHandle(std::move(handle)) {}
};

// A node and an I/O thread that runs it, for programs which publish and drain on threads of their
// own. Transmit buffers and samples pass through lock-free queues, a datagram at a time, and are
// filled and read by the application's threads: no payload is copied. Messages that outgrow their
// datagram are the exception, as in a Node. All calls are allowed on any thread.
class MCAST_API Runner {
public:
    // Starts the thread, and opens the node there. NodeOptions::log is called on that thread.
    static Result<Runner> open(const NodeOptions& node = {}, const RunnerOptions& options = {});

    Runner(Runner&&) noexcept;
    Runner& operator=(Runner&&) noexcept;
    // stop(). Publishers and subscribers must be gone by then.
    ~Runner();

    // As Node::publisher() and Node::subscriber(); Qos::queue_capacity is that of the queue. Topics
    // of delivery Reliable are refused.
    template <typename T>
    [[nodiscard]] RunnerPublisher<T> publisher(std::string_view topic, const Qos& qos = {}) {
        return RunnerPublisher<T>(make_outlet(topic, capnp::typeId<T>(), qos));
    }
    template <typename T>
    [[nodiscard]] RunnerSubscriber<T> subscriber(std::string_view topic, const Qos& qos = {}) {
        return RunnerSubscriber<T>(make_inlet(topic, capnp::typeId<T>(), qos));
    }

    // Calls `handler(const Event&)` for each event that waits, oldest first, and returns how many.
    template <typename Handler>
    std::size_t drain_events(Handler&& handler) {
        using Target = std::remove_reference_t<Handler>;
        return drain_events_into(
            [](void* target, const Event& event) { (*static_cast<Target*>(target))(event); },
            const_cast<void*>(static_cast<const void*>(&handler)));
    }

    // Runs `work(Node&)` on the I/O thread and waits for it: for all that only a Node tells. False
    // if the runner has stopped. Not from within another call or the log; `work` must not throw,
    // and what it makes of the node must not outlive it.
    template <typename Work>
    bool call(Work&& work) {
        using Target = std::remove_reference_t<Work>;
        return call_with([](void* target, Node& node) { (*static_cast<Target*>(target))(node); },
                         const_cast<void*>(static_cast<const void*>(&work)));
    }

    [[nodiscard]] RunnerStats stats() const;

    // Sends what was published, takes in what has arrived, says bye and ends the thread. From then
    // on loans are refused; samples and events that wait can still be drained. A second call does
    // nothing. Not from within call().
    void stop();

private:
    explicit Runner(std::unique_ptr<detail::RunnerCore> core);
    detail::OutletHandle make_outlet(std::string_view topic, std::uint64_t type_id, const Qos& qos);
    detail::InletHandle make_inlet(std::string_view topic, std::uint64_t type_id, const Qos& qos);
    std::size_t drain_events_into(void (*handler)(void*, const Event&), void* target);
    bool call_with(void (*work)(void*, Node&), void* target);

    std::unique_ptr<detail::RunnerCore> core_;
};

}  // namespace mcast
