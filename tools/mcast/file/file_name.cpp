#include "tools/mcast/file/file_name.hpp"

#include <algorithm>

#include "tools/mcast/text.hpp"

namespace mcast::cli {

std::string safe_file_name(std::string_view name) {
    std::string safe;
    while (!name.empty()) {
        const std::size_t size = utf8_size(name);
        const std::string_view character = name.substr(0, std::max<std::size_t>(size, 1));
        name.remove_prefix(character.size());
        const bool fit = size != 0 && !is_control(character) && character != "/";
        if (safe.size() + character.size() > kFileNameMax) break;
        safe += fit ? character : std::string_view("_");
    }
    // "." and "..", hidden files such as .profile, and what commands take for options.
    if (safe.empty() || safe.front() == '.' || safe.front() == '-') {
        if (safe.size() == kFileNameMax) safe.erase(0, 1);
        safe.insert(safe.begin(), '_');
    }
    return safe;
}

}  // namespace mcast::cli
