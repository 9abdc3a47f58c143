#pragma once

#include <string_view>

namespace mcast {

// Whether `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates) without control
// characters (U+0000–U+001F, U+007F–U+009F), so that it can be shown on a terminal and kept in a
// log line. Empty text is.
[[nodiscard]] bool is_plain_text(std::string_view text);

}  // namespace mcast
