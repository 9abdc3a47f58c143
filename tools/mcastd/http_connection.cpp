#include "tools/mcastd/http_connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace mcastd {

namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";

bool is_later(int error) {
    return error == EAGAIN || error == EINTR;
}

}  // namespace

short HttpConnection::events() const {
    return step_ == Step::Answering ? POLLOUT : POLLIN;
}

bool HttpConnection::go_on(const Answer& answer, mcast::Instant now) {
    if (step_ == Step::Asking && !read(answer, now)) return false;
    if (step_ == Step::Answering && !write()) return false;
    return step_ != Step::Leaving || leave();
}

bool HttpConnection::read(const Answer& answer, mcast::Instant now) {
    std::array<char, kRequestMax> bytes{};
    const ssize_t count =
        ::recv(socket_.get(), bytes.data(), bytes.size() - request_.size(), MSG_DONTWAIT);
    if (count <= 0) return count < 0 && is_later(errno);
    request_.append(bytes.data(), static_cast<std::size_t>(count));
    if (request_.find(kEndOfHead) == std::string::npos && request_.size() < kRequestMax)
        return true;
    response_ = answered(answer);
    deadline_ = now + kTimeout;
    step_ = Step::Answering;
    return true;
}

std::string HttpConnection::answered(const Answer& answer) const {
    const std::size_t end = request_.find(kEndOfHead);
    if (end == std::string::npos) {
        const int status = request_.find('\n') == std::string::npos ? 414 : 431;
        return http_text({status, "text/plain", "a request is at most 8 KiB\n"}, true);
    }
    const auto request = parse_http_request(std::string_view(request_).substr(0, end));
    if (!request) return http_text({400, "text/plain", "this is no request of HTTP/1\n"}, true);
    return http_text(answer(*request), request->method != "HEAD");
}

bool HttpConnection::write() {
    while (sent_ < response_.size()) {
        const ssize_t count = ::send(socket_.get(), response_.data() + sent_,
                                     response_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0) return is_later(errno);
        sent_ += static_cast<std::size_t>(count);
    }
    // What the client still says is thrown away until it closes: closing before it has come would
    // reset the connection, and the answer might be lost with it.
    ::shutdown(socket_.get(), SHUT_WR);
    step_ = Step::Leaving;
    return true;
}

bool HttpConnection::leave() {
    std::array<char, kRequestMax> bytes{};
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return count > 0 || (count < 0 && is_later(errno));
}

}  // namespace mcastd
