#include "tools/mcastd/control_server.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

#include "tests/unit/mcastd/temporary_directory.hpp"
#include "tools/mcastd/json.hpp"
#include "tools/mcastd/unix_address.hpp"

namespace mcastd {
namespace {

class ControlServerTest : public testing::Test {
protected:
    void SetUp() override {
        auto made = EventLoop::make();
        ASSERT_TRUE(made);
        loop = std::move(*made);
        server = open();
        ASSERT_TRUE(server);
    }
    mcast::Result<std::unique_ptr<ControlServer>> try_open(EventLoop& on) {
        return ControlServer::open(on, path, [this](std::string_view request, const Asker& asker) {
            requests.emplace_back(request);
            seen = asker;
            if (request == "bad")
                return mcast::Result<std::string>(
                    mcast::Error{mcast::ErrorCode::InvalidArgument, 0, "no \"bad\" here"});
            if (request == "large") return mcast::Result<std::string>(std::string(3u << 20, 'x'));
            return mcast::Result<std::string>("{\"request\":\"" + std::string(request) + "\"}");
        });
    }
    std::unique_ptr<ControlServer> open() {
        auto opened = try_open(*loop);
        EXPECT_TRUE(opened) << opened.error().what;
        return opened ? std::move(*opened) : nullptr;
    }
    mcast::FileDescriptor connect() {
        mcast::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
        const auto address = unix_address(path);
        EXPECT_EQ(
            ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address),
            0);
        turn();
        return socket;
    }
    // Accepting, reading and sending are turns of their own.
    void turn() {
        for (int i = 0; i < 8; ++i)
            loop->run_once(EventLoop::now());
    }
    std::string ask(const mcast::FileDescriptor& socket, const std::string& text) {
        EXPECT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
        turn();
        return read(socket);
    }
    // What is there; "(end)" if the server has closed.
    std::string read(const mcast::FileDescriptor& socket) {
        std::string all;
        std::array<char, 65536> bytes{};
        ssize_t count = 0;
        while ((count = ::recv(socket.get(), bytes.data(), bytes.size(), 0)) > 0) {
            all.append(bytes.data(), static_cast<std::size_t>(count));
            turn();
        }
        return count == 0 ? all + "(end)" : all;
    }

    TemporaryDirectory place;
    std::string path = place / "in/control";
    std::unique_ptr<EventLoop> loop;
    std::vector<std::string> requests;
    Asker seen;
    std::unique_ptr<ControlServer> server;
};

TEST_F(ControlServerTest, ALineIsAnsweredByALine) {
    const auto client = connect();
    EXPECT_EQ(server->clients(), 1u);
    EXPECT_EQ(ask(client, "status\n"), "{\"request\":\"status\"}\n");
    EXPECT_EQ(ask(client, "peers\n"), "{\"request\":\"peers\"}\n");
    EXPECT_EQ(seen.pid, ::getpid());
    EXPECT_EQ(seen.uid, ::getuid());
    EXPECT_TRUE(seen.may_change());
    EXPECT_FALSE((Asker{1, ::getuid() + 1}).may_change());
}

TEST_F(ControlServerTest, LinesInPiecesAndSeveralAtOnceAreAnsweredInOrder) {
    const auto client = connect();
    EXPECT_EQ(ask(client, "sta"), "");
    EXPECT_EQ(ask(client, "tus\na\nb\n"),
              "{\"request\":\"status\"}\n{\"request\":\"a\"}\n{\"request\":\"b\"}\n");
}

TEST_F(ControlServerTest, WhatMakesNoSenseIsAnsweredByASentence) {
    const auto client = connect();
    EXPECT_EQ(ask(client, "bad\n"), "{\"error\":\"no \\\"bad\\\" here\"}\n");
    EXPECT_EQ(server->refused(), 1u);
}

TEST_F(ControlServerTest, ALineWithoutEndIsRefusedOnceItIsTooLong) {
    const auto client = connect();
    const std::string answer = ask(client, std::string(ControlServer::kRequestMax + 1, 'x'));
    EXPECT_NE(answer.find("a request is a line of at most"), std::string::npos) << answer;
    EXPECT_TRUE(requests.empty());
    EXPECT_EQ(ask(client, "status\n"), "{\"request\":\"status\"}\n");
}

TEST_F(ControlServerTest, AnAnswerLargerThanTheSocketTakesComesInPieces) {
    const auto client = connect();
    std::string all = ask(client, "large\nafter\n");
    EXPECT_EQ(all.size(), (3u << 20) + 1 + std::string("{\"request\":\"after\"}\n").size());
}

TEST_F(ControlServerTest, AnswersThatNobodyTakesAreBounded) {
    std::vector<mcast::FileDescriptor> clients;
    for (int i = 0; i < 4; ++i) {  // 3 MiB each; the first two fit
        clients.push_back(connect());
        ASSERT_EQ(::send(clients.back().get(), "large\n", 6, 0), 6);
        turn();
    }
    EXPECT_NE(read(clients.back()).find("too many answers are on their way"), std::string::npos);
    EXPECT_GE(server->refused(), 1u);
    EXPECT_EQ(read(clients.front()).size(), (3u << 20) + 1);
}

TEST_F(ControlServerTest, OneClientTooManyIsToldSo) {
    std::vector<mcast::FileDescriptor> clients;
    for (std::size_t i = 0; i < ControlServer::kClientsMax; ++i)
        clients.push_back(connect());
    const auto late = connect();
    EXPECT_NE(read(late).find("16 clients already"), std::string::npos);
    EXPECT_EQ(server->refused(), 1u);
    clients.pop_back();
    turn();
    EXPECT_EQ(server->clients(), ControlServer::kClientsMax - 1);
    EXPECT_EQ(ask(connect(), "status\n"), "{\"request\":\"status\"}\n");
}

TEST_F(ControlServerTest, ALiveSocketIsRefusedWithThePidOfItsOwner) {
    auto other = EventLoop::make();
    ASSERT_TRUE(other);
    const auto second = try_open(**other);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, mcast::ErrorCode::AddressInUse);
    EXPECT_NE(second.error().what.find("pid " + std::to_string(::getpid())), std::string::npos);
}

TEST_F(ControlServerTest, ASocketThatNobodyListensToIsReplaced) {
    server.reset();
    {
        const mcast::FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM, 0));
        const auto address = unix_address(path);
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address),
                  0);
    }
    server = open();
    ASSERT_TRUE(server);
    EXPECT_EQ(ask(connect(), "status\n"), "{\"request\":\"status\"}\n");
}

TEST_F(ControlServerTest, AFileOfThatNameIsLeftAlone) {
    server.reset();
    std::ofstream(path) << "precious";
    const auto opened = try_open(*loop);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().what.find("no socket"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ControlServerTest, ItTakesItsSocketAway) {
    EXPECT_TRUE(std::filesystem::exists(path));
    server.reset();
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace mcastd
