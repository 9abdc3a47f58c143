#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mcast/address.hpp"
#include "transports/dpdk/control_frame.hpp"
#include "transports/dpdk/membership_query.hpp"

namespace mcast::dpdk {

inline constexpr std::uint8_t kIgmpQuery = 0x11;
inline constexpr std::uint8_t kIgmpReportOne = 0x12;
inline constexpr std::uint8_t kIgmpReportTwo = 0x16;
inline constexpr std::uint8_t kIgmpLeave = 0x17;
inline constexpr std::uint8_t kIgmpReportThree = 0x22;
inline constexpr std::uint8_t kMldQuery = 130;
inline constexpr std::uint8_t kMldReportOne = 131;
inline constexpr std::uint8_t kMldDone = 132;
inline constexpr std::uint8_t kMldReportTwo = 143;

[[nodiscard]] Address all_hosts(Family family);          // 224.0.0.1, ff02::1
[[nodiscard]] Address all_routers(Family family);        // 224.0.0.2, ff02::2
[[nodiscard]] Address all_report_takers(Family family);  // 224.0.0.22, ff02::16

// What a group record says (RFC 3376, 4.2.12; RFC 3810, 5.2.12).
enum class RecordType : std::uint8_t {
    IsInclude = 1,  // these sources are wanted
    IsExclude = 2,  // all but these sources are wanted
    ToInclude = 3,  // from now on, IsInclude: without sources, we have left
    ToExclude = 4,  // from now on, IsExclude: without sources, we have joined
};

// A report (IGMPv1, IGMPv2, MLDv1) of one group. Returns the size of the frame.
std::size_t write_old_report(std::span<std::byte> frame, const Station& station,
                             const Address& source, const Address& group,
                             MembershipVersion version);
// "I have left", to the routers: IGMPv2's Leave Group, MLDv1's Done.
std::size_t write_old_leave(std::span<std::byte> frame, const Station& station,
                            const Address& source, const Address& group);

// A report of IGMPv3 or MLDv2, record by record, in the frame it will leave in.
class ReportWriter {
public:
    // `frame` is as large as the link allows, kControlFrameMin at least. A source that is not set
    // is the unspecified address.
    ReportWriter(std::span<std::byte> frame, const Station& station, Family family,
                 const Address& source);

    // False, and nothing written, if there is no room left.
    bool add(RecordType type, const Address& group, std::span<const Address> sources = {});
    [[nodiscard]] bool empty() const { return count_ == 0; }
    // Completes the frame; returns its size.
    std::size_t finish();

private:
    std::span<std::byte> frame_;
    ControlHeaders headers_;
    std::size_t message_size_;
    std::uint16_t count_ = 0;
};

}  // namespace mcast::dpdk
