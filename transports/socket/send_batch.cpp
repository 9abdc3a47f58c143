#include "transports/socket/send_batch.hpp"

#include <algorithm>
#include <cerrno>

#include "transports/socket/segment_run.hpp"

namespace mcast::socket {

namespace {

void count(TransportCounters& counters, std::span<const Datagram> sent) {
    counters.sent_datagrams += sent.size();
    for (const Datagram& datagram : sent)
        counters.sent_bytes += datagram.buffer.size();
}

void count_refused(TransportCounters& counters, std::span<const Datagram> refused, int error) {
    count(counters, refused);
    counters.send_errors += refused.size();
    counters.last_send_error = error;
}

}  // namespace

std::size_t SendBatch::fill(const Receiver& sender, std::span<const Datagram> batch) {
    const bool segments = sender.segmentation.in_use();
    std::size_t messages = 0;
    for (std::size_t begin = 0; begin < batch.size(); ++messages) {
        if (batch[begin].buffer.size() > datagram_max_) break;
        const std::size_t length = segments ? segment_run(batch.subspan(begin)) : 1;
        messages_[messages].fill(headers_[messages].msg_hdr,
                                 std::span(slices_).subspan(begin, length),
                                 batch.subspan(begin, length), sender, ttl_);
        lengths_[messages] = length;
        begin += length;
        // Until the kernel has taken a run, nothing comes behind it that could overtake its
        // datagrams when they have to be sent again one by one.
        if (length > 1 && !sender.segmentation.proven()) return messages + 1;
    }
    return messages;
}

std::size_t SendBatch::send(Receiver& sender, std::span<const Datagram> batch) {
    batch = batch.first(std::min(batch.size(), kMax));
    std::size_t done = 0;
    while (done < batch.size()) {
        const std::size_t messages = fill(sender, batch.subspan(done));
        if (messages == 0) {
            count_refused(*sender.counters, batch.subspan(done++, 1), EMSGSIZE);
            continue;
        }
        const std::size_t taken =
            kernel_.send(sender, std::span(headers_).first(messages), errors_);
        if (taken == 0) return done;
        std::size_t expected = done;
        for (std::size_t i = 0; i < taken; ++i)
            expected += lengths_[i];
        done += settle(sender, batch.subspan(done), taken);
        if (done < expected) return done;
    }
    return done;
}

std::size_t SendBatch::settle(Receiver& sender, std::span<const Datagram> batch,
                              std::size_t messages) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < messages; ++i) {
        const std::size_t length = lengths_[i];
        const std::span<const Datagram> run = batch.subspan(done, length);
        if (errors_[i] == 0) {
            if (length > 1) sender.segmentation.on_taken();
            count(*sender.counters, run);
        } else if (length == 1) {
            count_refused(*sender.counters, run, errors_[i]);
        } else {
            const std::size_t sent = send_singly(sender, run, errors_[i]);
            if (sent < length && i + 1 == messages) return done + sent;
            // Others behind it are sent already, so what the device has no room for now is lost.
            if (sent < length) count_refused(*sender.counters, run.subspan(sent), EAGAIN);
        }
        done += length;
    }
    return done;
}

std::size_t SendBatch::send_singly(Receiver& sender, std::span<const Datagram> run, int error) {
    bool any = false;
    for (std::size_t i = 0; i < run.size(); ++i) {
        mmsghdr header{};
        iovec slice{};
        int refused = 0;
        single_.fill(header.msg_hdr, std::span(&slice, 1), run.subspan(i, 1), sender, ttl_);
        if (kernel_.send(sender, std::span(&header, 1), std::span(&refused, 1)) == 0) return i;
        if (refused != 0) {
            count_refused(*sender.counters, run.subspan(i, 1), refused);
            continue;
        }
        count(*sender.counters, run.subspan(i, 1));
        if (!any) sender.segmentation.on_refused(error);
        any = true;
    }
    return run.size();
}

}  // namespace mcast::socket
