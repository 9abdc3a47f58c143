#include "tools/mcastd/http_endpoint.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "base/file_descriptor.hpp"
#include "tools/mcastd/event_loop.hpp"

namespace mcastd {
namespace {

class HttpEndpointTest : public testing::Test {
protected:
    void SetUp() override {
        auto opened = HttpEndpoint::open({*mcast::Address::parse("127.0.0.1"), 0});
        ASSERT_TRUE(opened) << opened.error().what;
        endpoint = std::move(*opened);
    }
    mcast::FileDescriptor connect() const {
        mcast::FileDescriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(endpoint->port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                  0);
        return socket;
    }
    // The whole answer to a request, as it comes.
    std::string ask(const std::string& request) {
        const mcast::FileDescriptor socket = connect();
        EXPECT_EQ(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(request.size()));
        std::string answer;
        std::array<char, 4096> bytes{};
        ssize_t count = 0;
        while ((count = ::recv(socket.get(), bytes.data(), bytes.size(), 0)) > 0)
            answer.append(bytes.data(), static_cast<std::size_t>(count));
        return answer;
    }
    std::string get(const std::string& path) {
        return ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }

    std::unique_ptr<HttpEndpoint> endpoint;
};

TEST_F(HttpEndpointTest, ALoopThatHasNotSpokenIsNotHealthy) {
    const std::string answer = get("/healthz");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
    EXPECT_NE(answer.find("the loop has not answered for"), std::string::npos) << answer;
    EXPECT_TRUE(get("/readyz").starts_with("HTTP/1.1 503"));
}

TEST_F(HttpEndpointTest, WhatIsHandedOverIsShown) {
    Snapshot all;
    all.not_ready_why = "no interface";
    all.reloads = 42;
    endpoint->publish(all);
    EXPECT_TRUE(get("/healthz").starts_with("HTTP/1.1 200"));
    EXPECT_NE(get("/readyz").find("no interface"), std::string::npos);
    EXPECT_NE(get("/metrics").find("mcastd_reloads_total 42"), std::string::npos);
    endpoint->publish(Snapshot{});
    EXPECT_TRUE(get("/readyz").starts_with("HTTP/1.1 200"));
}

TEST_F(HttpEndpointTest, NonsenseIsRefusedAndAnswersGoOn) {
    endpoint->publish(Snapshot{});
    EXPECT_EQ(ask("nonsense\r\n\r\n"), "");  // closed without a word
    EXPECT_TRUE(ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                    .starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(get("/" + std::string(9000, 'x')).starts_with("HTTP/1.1 414"));
    EXPECT_TRUE(
        ask("GET /healthz HTTP/1.1\r\nX: " + std::string(9000, 'x')).starts_with("HTTP/1.1 431"));
    EXPECT_TRUE(get("/healthz").starts_with("HTTP/1.1 200"));
}

TEST_F(HttpEndpointTest, HeadIsAnsweredWithoutABody) {
    endpoint->publish(Snapshot{});
    const std::string answer = ask("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(HttpEndpointTest, WhoSaysNothingIsClosedOnAndThenOthersHaveTheirTurn) {
    endpoint->publish(Snapshot{});
    std::vector<mcast::FileDescriptor> silent;
    for (std::size_t i = 0; i < HttpServer::kConnectionsMax; ++i)
        silent.push_back(connect());
    EXPECT_TRUE(get("/healthz").starts_with("HTTP/1.1 200"));
    for (const auto& one : silent) {
        char byte = 0;
        EXPECT_EQ(::recv(one.get(), &byte, 1, 0), 0);
    }
}

TEST_F(HttpEndpointTest, ItEndsAtOnceWhateverItsClientsDo) {
    const mcast::FileDescriptor silent = connect();
    const mcast::Instant begun = EventLoop::now();
    endpoint.reset();
    EXPECT_LT(EventLoop::now() - begun, HttpServer::kTimeout / 2);
}

TEST_F(HttpEndpointTest, APortInUseIsAnError) {
    const auto second = HttpEndpoint::open({*mcast::Address::parse("127.0.0.1"), endpoint->port()});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, mcast::ErrorCode::AddressInUse) << second.error().what;
}

TEST_F(HttpEndpointTest, ItEndsAtOnceAlsoIfItHasJustBegun) {
    for (int i = 0; i < 20; ++i) {
        auto opened = HttpEndpoint::open({*mcast::Address::parse("127.0.0.1"), 0});
        ASSERT_TRUE(opened);
    }
}

}  // namespace
}  // namespace mcastd
