#include "tools/mcastd/http_message.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mcastd {

namespace {

constexpr std::array<std::pair<int, std::string_view>, 6> kReasons{{
    {200, "OK"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {414, "URI Too Long"},
    {431, "Request Header Fields Too Large"},
    {503, "Service Unavailable"},
}};

std::string_view reason_of(int status) {
    const auto* const found = std::find_if(kReasons.begin(), kReasons.end(),
                                           [&](const auto& one) { return one.first == status; });
    return found == kReasons.end() ? "" : found->second;
}

// Up to `mark`, which is taken off the text as well; all of it if there is none.
std::string_view take(std::string_view& text, std::string_view mark) {
    const std::size_t end = std::min(text.find(mark), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + mark.size(), text.size()));
    return taken;
}

bool equal_names(std::string_view one, std::string_view other) {
    return one.size() == other.size() && ::strncasecmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

std::optional<HttpRequest> parse_http_request(std::string_view head) {
    HttpRequest request;
    std::string_view line = take(head, "\r\n");
    request.method = take(line, " ");
    std::string_view target = take(line, " ");
    request.path = take(target, "?");
    if (request.method.empty() || !request.path.starts_with('/') || !line.starts_with("HTTP/1."))
        return std::nullopt;
    while (!head.empty()) {
        std::string_view value = take(head, "\r\n");
        if (equal_names(take(value, ":"), "Accept")) request.accept.append(value).append(",");
    }
    return request;
}

std::string http_text(const HttpResponse& response, bool with_body) {
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
    text.append(reason_of(response.status));
    text += "\r\nContent-Type: " + response.type +
            "\r\nContent-Length: " + std::to_string(response.body.size()) +
            "\r\nConnection: close\r\n\r\n";
    if (with_body) text += response.body;
    return text;
}

}  // namespace mcastd
