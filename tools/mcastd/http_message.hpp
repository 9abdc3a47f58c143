#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mcastd {

// What a client asks, as far as anybody here wants to know it.
struct HttpRequest {
    std::string method;
    std::string path;    // without its query
    std::string accept;  // all headers of that name
};

// Of the head of a request, up to its empty line (RFC 9112); none if it is no such thing.
[[nodiscard]] std::optional<HttpRequest> parse_http_request(std::string_view head);

struct HttpResponse {
    int status = 200;
    std::string type = "text/plain";
    std::string body;
};

// As it is sent; the connection ends behind it. HEAD wants no body.
[[nodiscard]] std::string http_text(const HttpResponse& response, bool with_body);

}  // namespace mcastd
