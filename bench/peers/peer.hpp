#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace peers {

// The common port and group of all peers; none of them meets another, since each runs alone.
inline constexpr std::uint16_t kPort = 7700;
inline constexpr const char* kGroup = "239.255.77.1";
// Asked of the kernel wherever a library lets us, so that all have the same.
inline constexpr int kSocketBuffer = 4 << 20;

// What the command line says, and where the link is.
struct Job {
    bool sends = false;
    std::string sender;     // address of the sending end
    std::string own;        // ours on the same link
    std::string interface;  // the name of the interface that has it
    std::size_t size = 0;   // bytes of payload
    double seconds = 0;
    int core = -1;
};

using Sink = std::function<void(std::span<const std::byte>)>;

// One library's way to move messages from one process to others. Each file of a peer makes one.
class Peer {
public:
    Peer() = default;
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    virtual ~Peer() = default;

    // Whether the other end is there, as far as the library can tell. Called until it says so.
    virtual bool connected() { return true; }
    // False: not now; service() is called before it is tried again.
    virtual bool send(std::span<const std::byte> message) = 0;
    // Lets the library work; waits a little if there is nothing to do.
    virtual void service() {}
    // Everything that was sent has left, or been acknowledged by who acknowledges.
    virtual void finish() {}
    // Hands what has arrived to the sink, after waiting for it up to a tenth of a second.
    virtual void receive(const Sink& sink) = 0;
};

// Of each program, in its own file.
extern const char* const kName;
[[nodiscard]] std::unique_ptr<Peer> make_peer(const Job& job);

// Ends the program with a sentence on standard error.
[[noreturn]] void fail(const std::string& sentence);

}  // namespace peers
