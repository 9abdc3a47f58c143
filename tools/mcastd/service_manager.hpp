#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/time.hpp"

namespace mcastd {

// systemd, or whoever started us and speaks its protocol (sd_notify(3)): told what we do over
// NOTIFY_SOCKET, keeps descriptors for our next run. Everywhere else each call does nothing.
class ServiceManager {
public:
    // Reads the environment and takes over the descriptors that were kept for this process. What
    // it read is removed, so that children do not take it for theirs.
    static ServiceManager from_environment();

    // Whether somebody listens.
    [[nodiscard]] bool is_there() const { return !address_.empty(); }
    // How often alive() wants to be called; zero: nobody watches.
    [[nodiscard]] mcast::Duration watchdog_interval() const { return watchdog_ / 2; }

    void ready(std::string_view status);
    // One line that `systemctl status` shows.
    void status(std::string_view status);
    // Until ready() is called again.
    void reloading();
    void stopping(std::string_view status);
    // To be called by the loop that does the work, so that a loop that hangs is noticed.
    void alive();

    // Keeps a copy of a socket for the next run, under a name without ':' (at most 255 bytes);
    // false if it could not be handed over. Storing is not removing what had that name before.
    bool store(std::string_view name, int descriptor);
    void remove(std::string_view name);
    // What was kept under that name, once; or none.
    [[nodiscard]] mcast::FileDescriptor take(std::string_view name);
    // Names of what nobody took yet.
    [[nodiscard]] std::vector<std::string> kept() const;
    // Gives up sockets that nobody took and that have this UDP port for themselves: at once, though
    // the manager closes its copies in its own time.
    void release_port(std::uint16_t port);
    // Gives up what nobody took: of interfaces and domains that are gone.
    void remove_kept();

    // Messages that it did not take: it is gone, or did not read for a second.
    [[nodiscard]] std::uint64_t unsaid() const { return unsaid_; }

private:
    enum class Patience : std::uint8_t { None, Some };
    bool send(std::string_view message, Patience patience, int descriptor = -1);
    bool deliver(std::string_view message, int descriptor, Patience patience) const;

    std::string address_;  // of NOTIFY_SOCKET; a leading '@' as in the environment
    mcast::Duration watchdog_{};
    bool reads_ = true;
    std::uint64_t unsaid_ = 0;
    std::vector<std::pair<std::string, mcast::FileDescriptor>> kept_;
};

}  // namespace mcastd
