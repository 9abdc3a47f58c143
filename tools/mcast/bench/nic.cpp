#include "tools/mcast/bench/nic.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace mcast::bench {
namespace {

// What decides how fast multicast UDP gets through; the kernel's names of them.
constexpr std::array<const char*, 9> kFeatures{"tx-udp-segmentation",
                                               "tx-generic-segmentation",
                                               "tx-scatter-gather",
                                               "tx-checksum-ip-generic",
                                               "rx-gro",
                                               "rx-gro-list",
                                               "rx-udp-gro-forwarding",
                                               "rx-checksum",
                                               "rx-vlan-filter"};

class Ethtool {
public:
    explicit Ethtool(const std::string& interface)
        : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        std::strncpy(request_.ifr_name, interface.c_str(), IFNAMSIZ - 1);
    }
    Ethtool(const Ethtool&) = delete;
    Ethtool& operator=(const Ethtool&) = delete;
    ~Ethtool() { ::close(fd_); }

    bool ask(void* command) {
        request_.ifr_data = static_cast<char*>(command);
        return ::ioctl(fd_, SIOCETHTOOL, &request_) == 0;
    }
    int mtu() {
        ifreq request = request_;
        return ::ioctl(fd_, SIOCGIFMTU, &request) == 0 ? request.ifr_mtu : 0;
    }

private:
    int fd_;
    ifreq request_{};
};

std::uint32_t feature_count(Ethtool& nic) {
    // The structure ends in an array: room for one element.
    alignas(ethtool_sset_info) std::array<char, sizeof(ethtool_sset_info) + 4> memory{};
    auto* const info = reinterpret_cast<ethtool_sset_info*>(memory.data());
    info->cmd = ETHTOOL_GSSET_INFO;
    info->sset_mask = 1u << ETH_SS_FEATURES;
    return nic.ask(info) && info->sset_mask != 0 ? info->data[0] : 0;
}

std::vector<std::pair<std::string, bool>> features(Ethtool& nic) {
    const std::uint32_t count = feature_count(nic);
    if (count == 0) return {};
    std::vector<std::uint64_t> name_memory(
        (sizeof(ethtool_gstrings) + count * ETH_GSTRING_LEN) / 8 + 1);
    auto* const names = reinterpret_cast<ethtool_gstrings*>(name_memory.data());
    names->cmd = ETHTOOL_GSTRINGS;
    names->string_set = ETH_SS_FEATURES;
    names->len = count;
    const std::uint32_t blocks = (count + 31) / 32;
    std::vector<std::uint64_t> block_memory(
        (sizeof(ethtool_gfeatures) + blocks * sizeof(ethtool_get_features_block)) / 8 + 1);
    auto* const state = reinterpret_cast<ethtool_gfeatures*>(block_memory.data());
    state->cmd = ETHTOOL_GFEATURES;
    state->size = blocks;
    if (!nic.ask(names) || !nic.ask(state)) return {};
    std::vector<std::pair<std::string, bool>> all;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto* const name = reinterpret_cast<const char*>(names->data) + i * ETH_GSTRING_LEN;
        all.emplace_back(std::string(name, ::strnlen(name, ETH_GSTRING_LEN)),
                         (state->features[i / 32].active >> (i % 32) & 1) != 0);
    }
    return all;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> nic_facts(const std::string& interface) {
    Ethtool nic(interface);
    std::vector<std::pair<std::string, std::string>> facts{{"name", interface}};
    if (const int mtu = nic.mtu(); mtu > 0) facts.emplace_back("mtu", std::to_string(mtu));
    ethtool_drvinfo driver{};
    driver.cmd = ETHTOOL_GDRVINFO;
    if (nic.ask(&driver)) {
        facts.emplace_back("driver", driver.driver);
        if (driver.bus_info[0] != '\0') facts.emplace_back("bus", driver.bus_info);
        if (driver.fw_version[0] != '\0') facts.emplace_back("firmware", driver.fw_version);
    }
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    if (nic.ask(&channels)) {
        facts.emplace_back("queues", std::to_string(channels.combined_count) + " combined, " +
                                         std::to_string(channels.rx_count) + " rx, " +
                                         std::to_string(channels.tx_count) + " tx");
    }
    ethtool_coalesce moderation{};
    moderation.cmd = ETHTOOL_GCOALESCE;
    if (nic.ask(&moderation)) {
        facts.emplace_back("interrupt moderation",
                           std::to_string(moderation.rx_coalesce_usecs) + " µs or " +
                               std::to_string(moderation.rx_max_coalesced_frames) + " frames");
    }
    const auto all = features(nic);
    for (const char* wanted : kFeatures) {
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const auto& each) { return each.first == wanted; });
        if (found != all.end()) facts.emplace_back(wanted, found->second ? "on" : "off");
    }
    return facts;
}

}  // namespace mcast::bench
