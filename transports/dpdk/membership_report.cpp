#include "transports/dpdk/membership_report.hpp"

#include <array>
#include <cstring>

#include "mcast/assert.hpp"
#include "transports/dpdk/frame_layout.hpp"
#include "transports/dpdk/network_order.hpp"

namespace mcast::dpdk {
namespace {

constexpr std::size_t kReportHeaderSize = 8;

// ff02::… with these last 8 bits: of link-local scope (RFC 4291, 2.7.1).
Address link_scope(std::uint8_t last) {
    std::array<std::uint8_t, 16> bytes{};
    bytes[0] = 0xff;
    bytes[1] = 0x02;
    bytes[15] = last;
    return Address::ipv6(bytes);
}

std::size_t address_size(Family family) {
    return family == Family::Ipv4 ? 4 : 16;
}

void copy(const Address& address, std::byte* to) {
    std::memcpy(to, address.bytes().data(), address.bytes().size());
}

ControlHeaders headers_to(const Station& station, const Address& source,
                          const Address& destination) {
    const bool ipv4 = destination.family() == Family::Ipv4;
    return {.station = station,
            .destination_mac = multicast_mac(destination),
            .source = source,
            .destination = destination,
            .protocol = ipv4 ? kProtocolIgmp : kProtocolIcmpv6,
            .hop_limit = 1,
            .router_alert = true};
}

std::size_t write_old(std::span<std::byte> frame, const ControlHeaders& headers, std::uint8_t type,
                      const Address& group) {
    const std::size_t group_at = group.family() == Family::Ipv4 ? 4 : 8;
    const std::size_t size = group_at + address_size(group.family());
    MCAST_ASSERT(headers.size() + size <= frame.size(), "a report fits into its frame");
    std::byte* message = frame.data() + headers.size();
    std::memset(message, 0, size);
    store_8(message, type);
    copy(group, message + group_at);
    return write_control_frame(frame, headers, size);
}

}  // namespace

Address all_hosts(Family family) {
    return family == Family::Ipv4 ? Address::ipv4(224, 0, 0, 1) : link_scope(1);
}

Address all_routers(Family family) {
    return family == Family::Ipv4 ? Address::ipv4(224, 0, 0, 2) : link_scope(2);
}

Address all_report_takers(Family family) {
    return family == Family::Ipv4 ? Address::ipv4(224, 0, 0, 22) : link_scope(0x16);
}

std::size_t write_old_report(std::span<std::byte> frame, const Station& station,
                             const Address& source, const Address& group,
                             MembershipVersion version) {
    std::uint8_t type = kMldReportOne;
    if (group.family() == Family::Ipv4)
        type = version == MembershipVersion::One ? kIgmpReportOne : kIgmpReportTwo;
    return write_old(frame, headers_to(station, source, group), type, group);
}

std::size_t write_old_leave(std::span<std::byte> frame, const Station& station,
                            const Address& source, const Address& group) {
    const Address destination = all_routers(group.family());
    return write_old(frame, headers_to(station, source, destination),
                     group.family() == Family::Ipv4 ? kIgmpLeave : kMldDone, group);
}

ReportWriter::ReportWriter(std::span<std::byte> frame, const Station& station, Family family,
                           const Address& source)
    : frame_(frame),
      headers_(headers_to(station, source, all_report_takers(family))),
      message_size_(kReportHeaderSize) {
    MCAST_ASSERT(frame.size() >= kControlFrameMin, "a frame has room for a report");
    std::byte* message = frame_.data() + headers_.size();
    std::memset(message, 0, kReportHeaderSize);
    store_8(message, family == Family::Ipv4 ? kIgmpReportThree : kMldReportTwo);
}

bool ReportWriter::add(RecordType type, const Address& group, std::span<const Address> sources) {
    const std::size_t each = address_size(group.family());
    const std::size_t size = 4 + each * (1 + sources.size());
    if (headers_.size() + message_size_ + size > frame_.size()) return false;
    std::byte* at = frame_.data() + headers_.size() + message_size_;
    store_8(at, static_cast<std::uint8_t>(type));
    store_8(at + 1, 0);  // no auxiliary data (RFC 3376, 4.2.11)
    store_16(at + 2, static_cast<std::uint16_t>(sources.size()));
    copy(group, at + 4);
    at += 4 + each;
    for (const Address& source : sources) {
        copy(source, at);
        at += each;
    }
    message_size_ += size;
    ++count_;
    return true;
}

std::size_t ReportWriter::finish() {
    store_16(frame_.data() + headers_.size() + 6, count_);
    return write_control_frame(frame_, headers_, message_size_);
}

}  // namespace mcast::dpdk
