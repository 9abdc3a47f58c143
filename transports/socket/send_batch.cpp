#include "transports/socket/send_batch.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "transports/socket/segment_run.hpp"

namespace mcast::socket {

namespace {

void count(TransportCounters& counters, std::span<const Datagram> sent) {
    counters.sent_datagrams += sent.size();
    for (const Datagram& datagram : sent)
        counters.sent_bytes += datagram.buffer.size();
}

void count_refused(TransportCounters& counters, const Datagram& datagram, int error) {
    count(counters, std::span(&datagram, 1));
    ++counters.send_errors;
    counters.last_send_error = error;
}

}  // namespace

std::size_t SendBatch::fill(const Receiver& sender, std::span<const Datagram> batch,
                            bool segments) {
    std::size_t messages = 0;
    for (std::size_t begin = 0; begin < batch.size(); ++messages) {
        if (batch[begin].buffer.size() > datagram_max_) break;
        const std::size_t length = segments ? segment_run(batch.subspan(begin)) : 1;
        messages_[messages].fill(headers_[messages].msg_hdr,
                                 std::span(slices_).subspan(begin, length),
                                 batch.subspan(begin, length), sender, ttl_);
        begin += length;
    }
    return messages;
}

std::size_t SendBatch::count_taken(Receiver& sender, std::span<const Datagram> batch,
                                   std::size_t messages) {
    std::size_t taken = 0;
    for (std::size_t i = 0; i < messages; ++i) {
        const std::size_t length = headers_[i].msg_hdr.msg_iovlen;
        if (length > 1) sender.segmentation.on_taken();
        taken += length;
    }
    count(*sender.counters, batch.first(taken));
    return taken;
}

std::size_t SendBatch::send(Receiver& sender, std::span<const Datagram> batch) {
    batch = batch.first(std::min(batch.size(), kMax));
    std::size_t done = 0;
    std::size_t singly_until = 0;  // datagrams of a run that was refused go one by one
    int refused = 0;               // and for what it was
    while (done < batch.size()) {
        const bool singly = done < singly_until;
        const std::size_t messages =
            fill(sender, singly ? batch.subspan(done, singly_until - done) : batch.subspan(done),
                 sender.segmentation.in_use() && !singly);
        if (messages == 0) {
            count_refused(*sender.counters, batch[done++], EMSGSIZE);
            continue;
        }
        const int sent = ::sendmmsg(sender.socket.fd(), headers_.data(),
                                    static_cast<unsigned>(messages), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return done;
        if (sent < 0) {
            // An error is that of the first message; the others go on without it.
            const std::size_t length = headers_[0].msg_hdr.msg_iovlen;
            if (length == 1) {
                count_refused(*sender.counters, batch[done++], errno);
            } else {
                refused = errno;
                singly_until = done + length;
            }
            continue;
        }
        if (singly && refused != 0) sender.segmentation.on_refused(std::exchange(refused, 0));
        done += count_taken(sender, batch.subspan(done), static_cast<std::size_t>(sent));
    }
    return done;
}

}  // namespace mcast::socket
