#include "transports/dpdk/drop_cause.hpp"

namespace mcast::dpdk {

std::string_view to_string(DropCause cause) {
    static constexpr std::array<std::string_view, kDropCauseCount> kNames{"none",
                                                                          "runt",
                                                                          "bad-source-mac",
                                                                          "other-mac",
                                                                          "other-vlan",
                                                                          "nested-vlan",
                                                                          "ether-type",
                                                                          "arp-malformed",
                                                                          "ipv4-header",
                                                                          "ipv4-length",
                                                                          "ipv4-checksum",
                                                                          "ipv4-options",
                                                                          "ipv4-fragment",
                                                                          "ipv6-header",
                                                                          "ipv6-length",
                                                                          "ipv6-hop-by-hop",
                                                                          "ipv6-extension",
                                                                          "ipv6-fragment",
                                                                          "bad-source",
                                                                          "protocol",
                                                                          "udp-length",
                                                                          "udp-checksum",
                                                                          "udp-checksum-missing",
                                                                          "control-length",
                                                                          "control-checksum"};
    return kNames[static_cast<std::size_t>(cause)];
}

}  // namespace mcast::dpdk
