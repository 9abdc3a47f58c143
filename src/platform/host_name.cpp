#include "platform/host_name.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "mcast/topic.hpp"

namespace mcast::platform {
namespace {

constexpr std::size_t kProcessIdMax = 10;  // digits; pid_t has 32 bits
constexpr std::size_t kHostNameMax = kPeerNameMax - 1 - kProcessIdMax;

}  // namespace

std::string host_name() {
    // POSIX: at most 255 bytes, and the end of string is missing from a name that was cut.
    std::array<char, 256> text{};
    if (::gethostname(text.data(), text.size() - 1) != 0) text[0] = '\0';
    std::string name(text.data());
    name.erase(std::min(name.find('.'), name.size()));
    // The kernel takes any bytes; peers would refuse a name that is no text.
    if (name.empty() || !is_plain_text(name)) return "localhost";
    if (name.size() > kHostNameMax) {
        std::size_t size = kHostNameMax;
        // Not within a character: the continuation bytes of UTF-8 are 10xxxxxx (RFC 3629).
        while ((static_cast<unsigned char>(name[size]) & 0xc0) == 0x80)
            --size;
        name.erase(size);
    }
    return name;
}

std::string default_node_name() {
    return host_name() + "-" + std::to_string(::getpid());
}

}  // namespace mcast::platform
