#include <cstdio>
#include <map>
#include <string>

#include "mcast/topic.hpp"

// Prints two domains whose announcements go to one IPv4 group: the hash has so few bits there that
// a thousand names are plenty.
int main() {
    std::map<mcast::Group, std::string> domains;
    for (int index = 0; index < 100'000; ++index) {
        const std::string domain = "domain-" + std::to_string(index);
        const mcast::Group group = mcast::announce_group(domain, mcast::Family::Ipv4, 7400);
        const auto [known, added] = domains.emplace(group, domain);
        if (added) continue;
        std::printf("%s %s\n", known->second.c_str(), domain.c_str());
        return 0;
    }
    std::fputs("same_group: no two domains share a group\n", stderr);
    return 1;
}
