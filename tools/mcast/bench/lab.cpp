#include "tools/mcast/bench/lab.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <ctime>
#include <span>
#include <utility>

#include "tools/mcast/bench/case.hpp"
#include "tools/mcast/bench/raw_socket.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::bench {
namespace {

constexpr const char* kOwnSpace = "/proc/thread-self/ns/net";
constexpr timespec kPause{0, 5'000'000};  // between two looks at what has no event
constexpr Duration kPatience = std::chrono::seconds(3);
constexpr int kNotFound = 127;  // what a shell says of a program that is not there

Result<int> new_space() {
    if (::unshare(CLONE_NEWNET) != 0) return system_error("make a network namespace");
    const int fd = ::open(kOwnSpace, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return system_error("open a network namespace");
    return fd;
}

// As others name a namespace without a name.
std::string path_of(int space) {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(space);
}

// 10.75/16 as on no real network around here, hosts counted from 1.
std::string address_of(std::size_t host, const char* network = "10.75.0.") {
    return network + std::to_string(host + 1) + "/24";
}

// The kernel takes a moment to see that a link is up (linkwatch); who looks sooner sees it down.
void await_carrier(const std::string& interface) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strncpy(request.ifr_name, interface.c_str(), IFNAMSIZ - 1);
    const Instant give_up = now() + kPatience;
    while (::ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING) == 0 &&
           now() < give_up) {
        ::nanosleep(&kPause, nullptr);
    }
    ::close(fd);
}

// This program, to be started with other arguments.
std::vector<std::string> ourselves(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{"/proc/self/exe"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

// Politely; whoever does not go is in the way of the next run.
void end_all(std::span<const pid_t> programs) {
    for (const pid_t program : programs)
        ::kill(program, SIGTERM);
    const Instant give_up = now() + kPatience;
    for (const pid_t program : programs) {
        while (::waitpid(program, nullptr, WNOHANG) == 0) {
            if (now() >= give_up) ::kill(program, SIGKILL);
            ::nanosleep(&kPause, nullptr);
        }
    }
}

// How it ended, as waitpid(2) says.
int await(pid_t program) {
    int status = 0;
    while (::waitpid(program, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

void write_all(int fd, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t count = ::write(fd, text.data() + at, text.size() - at);
        if (count <= 0) return;  // whoever does not read it says why when it ends
        at += static_cast<std::size_t>(count);
    }
}

}  // namespace

Lab Lab::none() {
    return {};
}

Lab::Lab(Lab&& other) noexcept
    : home_(std::exchange(other.home_, -1)),
      spaces_(std::move(other.spaces_)),
      hosts_(other.hosts_),
      programs_(std::move(other.programs_)) {
    other.spaces_.clear();
    other.programs_.clear();
}

Lab::~Lab() {
    end_all(programs_);
    if (home_ >= 0) {
        ::setns(home_, CLONE_NEWNET);
        ::close(home_);
    }
    for (const int space : spaces_)
        ::close(space);
}

Result<Lab> Lab::make(std::size_t hosts) {
    if (::geteuid() != 0) {
        return Error{ErrorCode::PermissionDenied, 0,
                     "two network namespaces need root; without it, measure on the loopback "
                     "interface: --interface lo"};
    }
    Lab lab;
    lab.home_ = ::open(kOwnSpace, O_RDONLY | O_CLOEXEC);
    if (lab.home_ < 0) return system_error("open the network namespace");
    lab.hosts_ = hosts;
    for (std::size_t i = 0; i < (hosts == 2 ? hosts : hosts + 1); ++i) {
        auto space = new_space();
        if (!space) return space.error();
        lab.spaces_.push_back(*space);
    }
    if (auto connected = lab.connect(); !connected) return connected.error();
    return lab;
}

Result<void> Lab::connect() {
    const std::string name = kInterface;
    const bool bridged = spaces_.size() > hosts_;
    std::string text;
    if (bridged) text = "link add lan type bridge mcast_snooping 0\nlink set lan up\n";
    for (std::size_t host = bridged ? 0 : 1; host < hosts_; ++host) {
        // Between two hosts the other end of the pair is a host's interface, too.
        const std::string port = bridged ? "port" + std::to_string(host) : name;
        text.append("link add ").append(port).append(" type veth peer name ").append(name);
        text.append(" netns ").append(path_of(spaces_[host])).append("\n");
        if (bridged) text.append("link set ").append(port).append(" master lan up\n");
    }
    if (auto made = run(bridged ? hosts_ : 0, {"ip", "-batch", "-"}, text); !made) return made;
    for (std::size_t host = 0; host < hosts_; ++host) {
        text = "link set lo up\naddress add ";
        text.append(address_of(host)).append(" dev ").append(name);
        text.append("\nlink set ").append(name).append(" up\n");
        if (auto up = run(host, {"ip", "-batch", "-"}, text); !up) return up;
    }
    for (std::size_t host = hosts_; host-- > 0;) {  // ends in the first, which is ours
        if (::setns(spaces_[host], CLONE_NEWNET) != 0)
            return system_error("enter a network namespace");
        await_carrier(name);
    }
    return {};
}

Result<pid_t> Lab::spawn(int space, const std::vector<std::string>& words, int standard_input,
                         int standard_output) {
    // Made before the fork: nothing may be allocated after it.
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return system_error("start " + words.front());
    if (child > 0) return child;
    // SIGKILL for whoever outlives us; if we are gone already, nobody sends it any more.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(kNotFound);
    // Ctrl-C is for the one who was started by hand; it ends the others.
    ::setpgid(0, 0);
    if (space >= 0 && ::setns(space, CLONE_NEWNET) != 0) ::_exit(kNotFound);
    if (standard_input >= 0) ::dup2(standard_input, STDIN_FILENO);
    if (standard_output >= 0) ::dup2(standard_output, STDOUT_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(kNotFound);
}

Result<void> Lab::add_link(const std::string& name) {
    std::string text = "link add ";
    text.append(name).append(" type veth peer name ").append(name);
    text.append(" netns ").append(path_of(spaces_[1])).append("\n");
    if (auto made = run(0, {"ip", "-batch", "-"}, text); !made) return made;
    for (std::size_t host = 0; host < 2; ++host) {
        text = "address add ";
        text.append(address_of(host, "10.76.0.")).append(" dev ").append(name);
        text.append("\nlink set ").append(name).append(" up\n");
        if (auto made = run(host, {"ip", "-batch", "-"}, text); !made) return made;
        auto told = run(host,
                        {"ethtool", "-K", name, "tx", "off", "rx", "off", "gso", "off", "gro",
                         "off", "tso", "off"},
                        {});
        if (!told) return told;
    }
    await_carrier(name);
    return {};
}

Result<pid_t> Lab::start(std::size_t host, const std::vector<std::string>& arguments) {
    auto started = spawn(host < hosts_ ? spaces_[host] : -1, ourselves(arguments), -1, -1);
    if (started) programs_.push_back(*started);
    return started;
}

Result<Lab::Speaker> Lab::start_speaker(std::size_t host, const std::vector<std::string>& arguments,
                                        const std::string& input) {
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0) return system_error("pipe");
    if (::pipe2(out.data(), O_CLOEXEC) != 0) {
        const Error error = system_error("pipe");
        ::close(in[0]);
        ::close(in[1]);
        return error;
    }
    auto started = spawn(host < hosts_ ? spaces_[host] : -1, ourselves(arguments), in[0], out[1]);
    ::close(in[0]);
    ::close(out[1]);
    if (started) write_all(in[1], input);
    ::close(in[1]);
    if (!started) {
        ::close(out[0]);
        return started.error();
    }
    programs_.push_back(*started);
    return Speaker{*started, out[0]};
}

void Lab::end(pid_t program) {
    end_all({&program, 1});
    std::erase(programs_, program);
}

Result<std::string> Lab::output(std::size_t host, const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe");
    auto started = spawn(host < hosts_ ? spaces_[host] : -1, ourselves(arguments), -1, ends[1]);
    ::close(ends[1]);
    std::string text;
    if (started) {
        std::array<char, 256> part{};
        for (ssize_t size = 1; size > 0 || (size < 0 && errno == EINTR);) {
            size = ::read(ends[0], part.data(), part.size());
            if (size > 0) text.append(part.data(), static_cast<std::size_t>(size));
        }
        await(*started);
    }
    ::close(ends[0]);
    if (!started) return started.error();
    return text.substr(0, text.find('\n'));
}

Result<void> Lab::run(std::size_t host, const std::vector<std::string>& words,
                      const std::string& input) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe");
    // Some of them tell what they have changed; our own output is for figures.
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    auto started = spawn(host < spaces_.size() ? spaces_[host] : -1, words, ends[0], nowhere);
    if (nowhere >= 0) ::close(nowhere);
    ::close(ends[0]);
    if (started) write_all(ends[1], input);
    ::close(ends[1]);
    if (!started) return started.error();
    const int status = await(*started);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound) {
        return Error{ErrorCode::Unsupported, 0,
                     "the program '" + words.front() + "' is missing (Debian: " +
                         (words.front() == "ip"    ? "iproute2"
                          : words.front() == "nft" ? "nftables"
                                                   : words.front()) +
                         ")"};
    }
    return Error{ErrorCode::System, 0,
                 words.front() + " failed; it was told: " +
                     (input.empty() ? cli::join(words, " ") : input.substr(0, input.find('\n')))};
}

Result<void> Lab::drop(std::size_t host, double fraction, unsigned spared_port) {
    std::string rules = "add table inet bench\ndelete table inet bench\n";
    if (fraction > 0) {
        // Behind GRO and reassembly: what is one packet to the kernel is dropped as one.
        rules +=
            "table inet bench {\n chain input {\n  type filter hook input priority 0\n  udp dport "
            "!= " +
            std::to_string(spared_port) + " numgen random mod 10000 < " +
            std::to_string(std::llround(fraction * 10000)) + " counter drop\n }\n}\n";
    }
    return run(host, {"nft", "-f", "-"}, rules);
}

}  // namespace mcast::bench
