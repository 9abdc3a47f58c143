#include "base/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace mcast {
namespace {

// How a sequence begins: its length, and the bits of the code point in its first byte.
struct Lead {
    std::size_t length;
    std::uint32_t bits;
    std::uint32_t first_code_point;  // shorter sequences say what is below
};

Lead read_lead(unsigned char byte) {
    if (byte < 0x80) return {1, byte, 0};
    if ((byte & 0xe0) == 0xc0) return {2, byte & 0x1fu, 0x80};
    if ((byte & 0xf0) == 0xe0) return {3, byte & 0x0fu, 0x800};
    if ((byte & 0xf8) == 0xf0) return {4, byte & 0x07u, 0x10000};
    return {0, 0, 0};
}

bool is_shown(std::uint32_t code_point) {
    if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) return false;
    return code_point <= 0x10ffff && !(code_point >= 0xd800 && code_point < 0xe000);
}

}  // namespace

bool is_plain_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const Lead lead = read_lead(static_cast<unsigned char>(text[i]));
        if (lead.length == 0 || lead.length > text.size() - i) return false;
        std::uint32_t code_point = lead.bits;
        for (std::size_t k = 1; k < lead.length; ++k) {
            const auto byte = static_cast<unsigned char>(text[i + k]);
            if ((byte & 0xc0) != 0x80) return false;
            code_point = (code_point << 6) | (byte & 0x3fu);
        }
        if (code_point < lead.first_code_point || !is_shown(code_point)) return false;
        i += lead.length;
    }
    return true;
}

}  // namespace mcast
