#include "tools/mcastd/control_server.hpp"

#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/run_record.hpp"
#include "tools/mcastd/unix_address.hpp"

namespace mcastd {

using mcast::Error;
using mcast::ErrorCode;
using mcast::FileDescriptor;
using mcast::Result;

namespace {

constexpr int kBacklog = 128;  // connections that the kernel holds until the loop comes round
constexpr mcast::Duration kLookAround = std::chrono::seconds(1);

std::string error_json(const std::string& what) {
    mcast::cli::JsonWriter json;
    return json.begin_object().field("error", what).end_object().text();
}

Error socket_error(const std::string& path) {
    const ErrorCode code = errno == EACCES ? ErrorCode::PermissionDenied : ErrorCode::System;
    return {code, errno, "control socket " + path + ": " + std::strerror(errno)};
}

FileDescriptor make_socket() {
    return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Whether somebody listens there; then an error that names who. Takes away what nobody listens to.
Result<void> make_way(const std::string& path, const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return {};
    if (!S_ISSOCK(status.st_mode)) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "control socket " + path +
                         ": there is a file of that name, which is no "
                         "socket; remove it, or name another path in [control]"};
    }
    const FileDescriptor probe = make_socket();
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        const auto owner = other_end(probe.get());
        return Error{ErrorCode::AddressInUse, EADDRINUSE,
                     "control socket " + path + " is in use" +
                         (owner ? " by pid " + std::to_string(owner->pid) : "") +
                         ": another mcastd runs with this configuration"};
    }
    if (errno == EAGAIN) {
        return Error{ErrorCode::AddressInUse, EAGAIN,
                     "control socket " + path + " is in use by another mcastd, which is busy"};
    }
    if (errno != ECONNREFUSED) return socket_error(path);
    if (::unlink(path.c_str()) != 0) return socket_error(path);
    return {};
}

}  // namespace

bool Asker::may_change() const {
    return uid == 0 || uid == ::geteuid();
}

ControlServer::ControlServer(EventLoop& loop, FileDescriptor socket, std::string path,
                             Answer answer)
    : loop_(loop), socket_(std::move(socket)), path_(std::move(path)), answer_(std::move(answer)) {}

Result<std::unique_ptr<ControlServer>> ControlServer::open(EventLoop& loop, const std::string& path,
                                                           Answer answer) {
    const auto address = unix_address(path);
    if (!address) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "control socket '" + path + "': a path of 1 to " +
                         std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes is wanted"};
    }
    const std::size_t slash = path.rfind('/');
    if (slash != std::string::npos && slash > 0) {
        const auto made = make_directory(path.substr(0, slash));
        if (!made) return made.error().within("control socket " + path);
    }
    if (const auto free = make_way(path, *address); !free) return free.error();
    FileDescriptor socket = make_socket();
    // All may look, also where the umask of a service says 077; who may change is asked each time.
    if (!socket ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
        ::chmod(path.c_str(), 0666) != 0 || ::listen(socket.get(), kBacklog) != 0)
        return socket_error(path);

    std::unique_ptr<ControlServer> server(
        new ControlServer(loop, std::move(socket), path, std::move(answer)));
    ControlServer* const self = server.get();
    const auto watched =
        loop.watch(self->socket_.get(), EPOLLIN, [self](std::uint32_t) { self->accept(); });
    if (!watched) return watched.error().within("control socket " + path);
    self->timer_ = loop.every(kLookAround, [self] { self->drop_the_slow(); });
    return server;
}

ControlServer::~ControlServer() {
    loop_.cancel(timer_);
    for (const auto& [descriptor, client] : clients_)
        loop_.forget(descriptor);
    loop_.forget(socket_.get());
    ::unlink(path_.c_str());
}

void ControlServer::accept() {
    for (;;) {
        FileDescriptor socket(
            ::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket) return;
        const auto credentials = other_end(socket.get());
        if (!credentials) continue;
        const Asker asker{credentials->pid, credentials->uid};
        if (const std::string full = no_room_for(asker); !full.empty()) {
            ++refused_;
            const std::string why = error_json(full) + "\n";
            // Best effort: who does not take it learns it from the end of the connection.
            static_cast<void>(::send(socket.get(), why.data(), why.size(), MSG_NOSIGNAL));
            continue;
        }
        const int descriptor = socket.get();
        Client client;
        client.socket = std::move(socket);
        client.asker = asker;
        client.asked_at = client.taken_at = EventLoop::now();
        watch(descriptor, clients_.emplace(descriptor, std::move(client)).first->second);
    }
}

std::string ControlServer::no_room_for(const Asker& asker) const {
    const auto refusal = [](std::size_t count, const std::string& whose) {
        return "there are " + std::to_string(count) + " clients" + whose +
               " already; try again later";
    };
    if (asker.may_change())
        return clients_.size() < kClientsMax ? "" : refusal(clients_.size(), "");
    // Else whoever may only look could keep root from a reload.
    const auto own = std::count_if(clients_.begin(), clients_.end(), [&](const auto& one) {
        return one.second.asker.uid == asker.uid;
    });
    if (own >= static_cast<std::ptrdiff_t>(kClientsOfUserMax))
        return refusal(kClientsOfUserMax, " of user " + std::to_string(asker.uid));
    return clients_.size() < kClientsMax - kReserved ? "" : refusal(clients_.size(), "");
}

void ControlServer::watch(int descriptor, const Client& client) {
    // While an answer is on its way nothing more is read: who does not read does not ask.
    const std::uint32_t events = client.pending.empty() ? EPOLLIN : EPOLLOUT;
    const auto watched = loop_.watch(descriptor, events, [this, descriptor](std::uint32_t ready) {
        on_ready(descriptor, ready);
    });
    if (!watched) drop(descriptor);
}

void ControlServer::on_ready(int descriptor, std::uint32_t) {
    const auto found = clients_.find(descriptor);
    if (found == clients_.end()) return;
    Client& client = found->second;
    const bool alive =
        client.pending.empty() ? read(descriptor, client) : send_pending(descriptor, client);
    if (alive && answer_requests(descriptor, client)) watch(descriptor, client);
}

bool ControlServer::read(int descriptor, Client& client) {
    std::array<char, kRequestMax> bytes{};
    const ssize_t count = ::recv(descriptor, bytes.data(), bytes.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (count <= 0) {
        drop(descriptor);
        return false;
    }
    client.request.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

bool ControlServer::answer_requests(int descriptor, Client& client) {
    // One at a time: what follows waits until the answer has been taken.
    while (client.pending.empty()) {
        const std::size_t end = client.request.find('\n');
        if (end == std::string::npos && client.request.size() <= kRequestMax) return true;
        if (end > kRequestMax) {  // or there is none
            ++refused_;
            client.request.clear();
            client.pending = error_json("a request is a line of at most " +
                                        std::to_string(kRequestMax) + " bytes") +
                             "\n";
            pending_ += client.pending.size();
        } else {
            client.asked_at = EventLoop::now();
            const std::string request = client.request.substr(0, end);
            client.request.erase(0, end + 1);
            answer(client, request);
        }
        client.taken_at = EventLoop::now();  // from when it may take it
        if (!send_pending(descriptor, client)) return false;
    }
    return true;
}

void ControlServer::answer(Client& client, std::string_view request) {
    const Result<std::string> document = answer_(request, client.asker);
    if (!document) ++refused_;
    client.pending = document ? *document : error_json(document.error().what);
    client.pending += '\n';
    if (pending_ + client.pending.size() > kPendingMax) {
        ++refused_;
        client.pending = error_json("too many answers are on their way; try again later") + "\n";
    }
    pending_ += client.pending.size();
}

bool ControlServer::send_pending(int descriptor, Client& client) {
    while (!client.pending.empty()) {
        const ssize_t count =
            ::send(descriptor, client.pending.data(), client.pending.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return true;
        if (count < 0) {
            drop(descriptor);
            return false;
        }
        client.taken_at = EventLoop::now();
        client.pending.erase(0, static_cast<std::size_t>(count));
        pending_ -= static_cast<std::size_t>(count);
    }
    return true;
}

void ControlServer::drop(int descriptor) {
    const auto found = clients_.find(descriptor);
    if (found == clients_.end()) return;
    pending_ -= found->second.pending.size();
    loop_.forget(descriptor);
    clients_.erase(found);
}

void ControlServer::drop_the_slow() {
    const mcast::Instant now = EventLoop::now();
    std::vector<int> slow;
    for (const auto& [descriptor, client] : clients_) {
        const bool stuck = !client.pending.empty() && now - client.taken_at > kPatience;
        dropped_ += stuck ? 1 : 0;
        if (stuck || now - client.asked_at > kIdleMax) slow.push_back(descriptor);
    }
    for (const int descriptor : slow)
        drop(descriptor);
}

}  // namespace mcastd
