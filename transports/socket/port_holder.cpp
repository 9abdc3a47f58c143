#include "transports/socket/port_holder.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace mcast::socket {

namespace {

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// The inodes of the sockets bound to `port`, from the table that proc(5) describes: the second
// column is ADDRESS:PORT in hexadecimal, the tenth the inode.
std::vector<std::string> inodes_of(Family family, std::uint16_t port) {
    // Of this thread, since network namespaces belong to threads.
    std::ifstream table(family == Family::Ipv6 ? "/proc/thread-self/net/udp6"
                                               : "/proc/thread-self/net/udp");
    std::vector<std::string> inodes;
    std::string line;
    std::getline(table, line);  // the heading
    while (std::getline(table, line)) {
        std::istringstream words(line);
        std::array<std::string, 10> columns;
        for (std::string& column : columns)
            words >> column;
        const std::size_t colon = columns[1].rfind(':');
        if (colon == std::string::npos || columns[9].empty()) continue;
        unsigned bound = 0;
        std::istringstream(columns[1].substr(colon + 1)) >> std::hex >> bound;
        if (bound == port) inodes.push_back("socket:[" + columns[9] + "]");
    }
    return inodes;
}

bool holds_one_of(const std::string& process, const std::vector<std::string>& inodes) {
    const std::string folder = "/proc/" + process + "/fd";
    const Directory directory(::opendir(folder.c_str()));
    if (!directory) return false;
    while (const dirent* entry = ::readdir(directory.get())) {
        std::array<char, 64> target{};
        const ssize_t length =
            ::readlink((folder + "/" + entry->d_name).c_str(), target.data(), target.size());
        if (length <= 0) continue;
        const std::string_view name(target.data(), static_cast<std::size_t>(length));
        if (std::find(inodes.begin(), inodes.end(), name) != inodes.end()) return true;
    }
    return false;
}

std::string describe_process(const std::string& process) {
    std::string name;
    std::ifstream comm("/proc/" + process + "/comm");
    std::getline(comm, name);
    return "held by pid " + process + " '" + name + "'";
}

std::string holder_of(const std::vector<std::string>& inodes) {
    if (inodes.empty()) return "";
    const Directory processes(::opendir("/proc"));
    if (!processes) return "";
    const std::string self = std::to_string(::getpid());
    bool ours = false;
    while (const dirent* entry = ::readdir(processes.get())) {
        const std::string process = entry->d_name;
        if (std::isdigit(static_cast<unsigned char>(process[0])) == 0) continue;
        if (!holds_one_of(process, inodes)) continue;
        // A port may be shared; whoever else has it is the more likely culprit.
        if (process != self) return describe_process(process);
        ours = true;
    }
    // Without CAP_SYS_PTRACE the descriptors of other users cannot be read.
    return ours ? describe_process(self) : "held by a process of another user";
}

}  // namespace

std::string PortHolder::find(Family family, std::uint16_t port) {
    std::vector<std::string> inodes = inodes_of(family, port);
    auto known = std::find_if(known_.begin(), known_.end(), [&](const Known& one) {
        return one.family == family && one.port == port;
    });
    if (known == known_.end()) known = known_.insert(known_.end(), {family, port, {}, ""});
    if (known->inodes != inodes) {
        known->holder = holder_of(inodes);
        known->inodes = std::move(inodes);
    }
    return known->holder;
}

}  // namespace mcast::socket
