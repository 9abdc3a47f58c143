#include "tools/mcastd/http_message.hpp"

#include <gtest/gtest.h>

namespace mcastd {
namespace {

TEST(HttpMessageTest, ARequestIsItsMethodPathAndWhatItAccepts) {
    const auto request = parse_http_request(
        "GET /metrics?all HTTP/1.1\r\nHost: x\r\naccept: text/plain\r\nACCEPT:a/b");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "GET");
    EXPECT_EQ(request->path, "/metrics");
    EXPECT_EQ(request->accept, " text/plain,a/b,");
}

TEST(HttpMessageTest, NonsenseIsNoRequest) {
    for (const char* const head :
         {"", "\r\n", "nonsense", "GET /metrics", "GET metrics HTTP/1.1", " / HTTP/1.1",
          "GET / HTTP/2", "GET  / HTTP/1.1", "\x16\x03\x01"})
        EXPECT_FALSE(parse_http_request(head)) << head;
}

TEST(HttpMessageTest, AnAnswerSaysHowLongItIsAndThatItIsTheLast) {
    const std::string text = http_text({503, "text/plain", "not yet\n"}, true);
    EXPECT_EQ(text,
              "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
              "Content-Length: 8\r\nConnection: close\r\n\r\nnot yet\n");
    EXPECT_TRUE(http_text({503, "text/plain", "not yet\n"}, false).ends_with("close\r\n\r\n"));
}

}  // namespace
}  // namespace mcastd
