#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"
#include "mcast/time.hpp"
#include "tools/mcastd/event_loop.hpp"

namespace mcastd {

// Who asks, as the kernel says it.
struct Asker {
    pid_t pid = 0;
    uid_t uid = 0;

    // Root and the daemon's own user may change things; everybody may look.
    [[nodiscard]] bool may_change() const;
};

// Answers questions on a UNIX socket: a line each way, the answer a JSON document. What makes no
// sense is answered with {"error": "…"}, a sentence.
//
// Bounded: kClientsMax clients, a line of kRequestMax bytes, answers of kPendingMax bytes in all.
// A user who may only look has kClientsOfUserMax of them, and kReserved are for who may change.
// A client is dropped when it does not take its answer for kPatience, and when kIdleMax passed
// since its last whole request.
class ControlServer {
public:
    static constexpr std::size_t kClientsMax = 16;
    static constexpr std::size_t kClientsOfUserMax = 8;
    static constexpr std::size_t kReserved = 2;
    static constexpr std::size_t kRequestMax = 1024;
    static constexpr std::size_t kPendingMax = 8u << 20;
    static constexpr mcast::Duration kPatience = std::chrono::seconds(5);
    static constexpr mcast::Duration kIdleMax = std::chrono::seconds(30);

    // The answer to a request, a JSON document without its end of line.
    using Answer =
        std::function<mcast::Result<std::string>(std::string_view request, const Asker&)>;

    // Listens at this path, on the loop, until it is destroyed. A socket that nobody listens to any
    // more is replaced; AddressInUse names the pid of a live one. The directory is made if it is
    // not there.
    static mcast::Result<std::unique_ptr<ControlServer>> open(EventLoop& loop,
                                                              const std::string& path,
                                                              Answer answer);
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;
    ~ControlServer();

    [[nodiscard]] std::size_t clients() const { return clients_.size(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }  // did not read
    [[nodiscard]] std::uint64_t refused() const { return refused_; }  // too many, or no sense

private:
    struct Client {
        mcast::FileDescriptor socket;
        Asker asker;
        std::string request;
        std::string pending;
        mcast::Instant asked_at{};  // its last whole request; bytes of one are none
        mcast::Instant taken_at{};  // it last took something of its answer
    };

    ControlServer(EventLoop& loop, mcast::FileDescriptor socket, std::string path, Answer answer);
    void accept();
    [[nodiscard]] std::string no_room_for(const Asker& asker) const;  // empty: there is
    void on_ready(int descriptor, std::uint32_t events);
    // Each false if the client is gone.
    bool read(int descriptor, Client& client);
    bool answer_requests(int descriptor, Client& client);
    bool send_pending(int descriptor, Client& client);
    void answer(Client& client, std::string_view request);
    void watch(int descriptor, const Client& client);
    void drop(int descriptor);
    void drop_the_slow();

    EventLoop& loop_;
    mcast::FileDescriptor socket_;
    std::string path_;
    Answer answer_;
    std::map<int, Client> clients_;
    std::size_t pending_ = 0;  // of all clients
    EventLoop::Timer timer_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace mcastd
