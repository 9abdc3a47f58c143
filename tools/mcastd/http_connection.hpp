#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/file_descriptor.hpp"
#include "mcast/time.hpp"
#include "tools/mcastd/http_message.hpp"

namespace mcastd {

// One connection of a client: its request comes, the answer goes, then it is over. Never waits.
// Bounded, whatever the client does: kTimeout for all of its request and as long to take the
// answer, and kRequestMax bytes.
class HttpConnection {
public:
    static constexpr std::size_t kRequestMax = 8192;
    static constexpr mcast::Duration kTimeout = std::chrono::seconds(2);

    using Answer = std::function<HttpResponse(const HttpRequest&)>;

    // The socket does not block.
    HttpConnection(mcast::FileDescriptor socket, mcast::Instant now)
        : socket_(std::move(socket)), deadline_(now + kTimeout) {}

    [[nodiscard]] int descriptor() const { return socket_.get(); }
    [[nodiscard]] short events() const;  // of poll(2), for which it waits
    [[nodiscard]] mcast::Instant deadline() const { return deadline_; }

    // Does what can be done now; false when it is over.
    bool go_on(const Answer& answer, mcast::Instant now);

private:
    enum class Step : std::uint8_t { Asking, Answering, Leaving };

    bool read(const Answer& answer, mcast::Instant now);
    bool write();
    bool leave();
    [[nodiscard]] std::string answered(const Answer& answer) const;

    mcast::FileDescriptor socket_;
    mcast::Instant deadline_;
    Step step_ = Step::Asking;
    std::string request_;  // as far as it came
    std::string response_;
    std::size_t sent_ = 0;  // of it
};

}  // namespace mcastd
