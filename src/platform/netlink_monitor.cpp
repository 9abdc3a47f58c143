#include "platform/netlink_monitor.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "platform/interface_kind.hpp"
#include "platform/interface_table.hpp"
#include "platform/netlink_message.hpp"
#include "platform/netlink_socket.hpp"

namespace mcast::platform {

namespace {

// How often one poll() asks again when interfaces change while they are listed; then the next
// poll() goes on.
constexpr int kDumpAttemptsMax = 8;
// How much one poll() takes in before its caller gets on with other things.
constexpr int kNotificationsMax = 512;

// Notifications come on a socket of their own: so each one is read after the dump that it may have
// overtaken, and an overrun never takes away a part of a dump. Both are opened at once and kept,
// since a socket stays in the network namespace that its thread was in when it was opened.
class NetlinkMonitor final : public InterfaceMonitor {
public:
    NetlinkMonitor(NetlinkSocket notifications, NetlinkSocket dumps)
        : notifications_(std::move(notifications)), dumps_(std::move(dumps)), table_(is_wireless) {}

    // The first list.
    Result<void> start();

    [[nodiscard]] std::span<const Interface> interfaces() const override { return interfaces_; }
    bool poll() override;
    [[nodiscard]] int fd() const override { return notifications_.fd(); }

private:
    bool take_notifications();
    Result<void> list_again();
    Result<bool> dump(std::uint16_t type, InterfaceTable& table);

    NetlinkSocket notifications_;
    NetlinkSocket dumps_;
    std::uint32_t sequence_ = 0;  // of the latest dump
    InterfaceTable table_;
    std::vector<Interface> interfaces_;
    bool stale_ = true;    // table_ may have missed something
    bool drained_ = true;  // notifications_ had nothing more when it was last looked at
};

Error not_listed(int number) {
    std::string what = "list network interfaces: " + std::generic_category().message(number);
    if (number == EPERM || number == EACCES) {
        what += "; allow RTM_GETLINK and RTM_GETADDR requests in the sandbox";
        return {ErrorCode::PermissionDenied, number, std::move(what)};
    }
    return {ErrorCode::System, number, std::move(what)};
}

// The errno of a message that ends a dump, 0 if it ended well; empty if it goes on.
std::optional<int> dump_end(const NetlinkMessage& message) {
    if (message.type != NLMSG_ERROR && message.type != NLMSG_DONE) return std::nullopt;
    // Both begin with a negative errno or 0; without one, an error is still an error.
    std::int32_t failure = message.type == NLMSG_ERROR ? -EPROTO : 0;
    if (message.payload.size() >= sizeof failure)
        std::memcpy(&failure, message.payload.data(), sizeof failure);
    return failure < 0 && failure != std::numeric_limits<std::int32_t>::min() ? -failure : 0;
}

Result<void> NetlinkMonitor::start() {
    if (auto listed = list_again(); !listed) return listed;
    interfaces_ = table_.interfaces();
    return {};
}

bool NetlinkMonitor::poll() {
    bool heard = take_notifications();
    // What is still in an overrun queue is older than a new list and would overrule it, while the
    // news that the kernel dropped never come: the queue is emptied first, if need be by the next
    // poll().
    for (int attempt = 0; stale_ && drained_ && attempt < kDumpAttemptsMax; ++attempt) {
        if (!list_again()) break;
        take_notifications();
        heard = true;
    }
    if (!heard) return false;
    std::vector<Interface> now = table_.interfaces();
    if (now == interfaces_) return false;
    interfaces_ = std::move(now);
    return true;
}

bool NetlinkMonitor::take_notifications() {
    bool heard = false;
    drained_ = false;
    for (int count = 0; count < kNotificationsMax; ++count) {
        switch (notifications_.receive()) {
            case NetlinkSocket::Receipt::Datagram:
                break;
            case NetlinkSocket::Receipt::Lost:
                stale_ = true;
                continue;
            case NetlinkSocket::Receipt::Broken:
                stale_ = true;
                drained_ = true;
                return heard;
            case NetlinkSocket::Receipt::Nothing:
                drained_ = true;
                return heard;
        }
        heard = true;
        NetlinkMessageReader messages(notifications_.datagram());
        while (const auto message = messages.next())
            table_.apply(*message);
        stale_ = stale_ || messages.malformed();
    }
    return heard;
}

// Fills the table anew; leaves it as it was if that fails.
Result<void> NetlinkMonitor::list_again() {
    for (int attempt = 0; attempt < kDumpAttemptsMax; ++attempt) {
        InterfaceTable fresh(is_wireless);
        bool consistent = true;
        for (const std::uint16_t type : {RTM_GETLINK, RTM_GETADDR}) {
            const auto dumped = dump(type, fresh);
            if (!dumped) return dumped.error();
            consistent = consistent && *dumped;
        }
        if (!consistent) continue;
        table_ = std::move(fresh);
        stale_ = false;
        return {};
    }
    return Error{ErrorCode::TryAgain, 0,
                 "list network interfaces: they change faster than they can be listed; try again "
                 "when less is being set up"};
}

// Takes in all objects of RTM_GETLINK or RTM_GETADDR; false if they changed meanwhile.
Result<bool> NetlinkMonitor::dump(std::uint16_t type, InterfaceTable& table) {
    // A dump that was given up half-way goes on while it is read; until its end the kernel takes
    // no other one (EBUSY).
    for (int count = 0; count < kNotificationsMax; ++count)
        if (dumps_.receive() == NetlinkSocket::Receipt::Nothing) break;
    if (!dumps_.request_dump(type, ++sequence_)) return not_listed(errno);
    bool consistent = true;
    for (;;) {
        // Never empty before the end: the kernel prepares the first part while it takes the
        // request, and each next one while its predecessor is read (af_netlink.c, netlink_dump).
        switch (dumps_.receive()) {
            case NetlinkSocket::Receipt::Datagram:
                break;
            case NetlinkSocket::Receipt::Lost:
                return false;
            case NetlinkSocket::Receipt::Nothing:
            case NetlinkSocket::Receipt::Broken:
                return not_listed(errno);
        }
        NetlinkMessageReader messages(dumps_.datagram());
        while (const auto message = messages.next()) {
            if (message->sequence != sequence_) continue;
            consistent = consistent && (message->flags & NLM_F_DUMP_INTR) == 0;
            if (const auto failure = dump_end(*message)) {
                if (*failure != 0) return not_listed(*failure);
                return consistent;
            }
            table.apply(*message);
        }
        if (messages.malformed()) return not_listed(EPROTO);
    }
}

}  // namespace

Result<std::unique_ptr<InterfaceMonitor>> make_netlink_monitor() {
    auto notifications = NetlinkSocket::open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
    if (!notifications) return notifications.error();
    auto dumps = NetlinkSocket::open(0);
    if (!dumps) return dumps.error();
    auto monitor = std::make_unique<NetlinkMonitor>(std::move(*notifications), std::move(*dumps));
    if (auto started = monitor->start(); !started) return started.error();
    return std::unique_ptr<InterfaceMonitor>(std::move(monitor));
}

}  // namespace mcast::platform
