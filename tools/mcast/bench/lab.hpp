#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "mcast/result.hpp"

namespace mcast::bench {

// Network namespaces of our own, with a veth pair between two hosts or a bridge between more, and
// the programs in them. The namespaces have no names: they live in file descriptors of this process
// and are gone with it, however it ends, and so are the programs.
class Lab {
public:
    static constexpr const char* kInterface = "bench0";

    // `hosts` with bench0 each; this process then is in the first. Needs root and ip(8).
    [[nodiscard]] static Result<Lab> make(std::size_t hosts);
    // No namespaces: programs run where this one does.
    [[nodiscard]] static Lab none();
    Lab(Lab&& other) noexcept;
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;
    Lab& operator=(Lab&&) = delete;
    ~Lab();

    // One more veth pair between the first two hosts, 10.76.0.1 and 10.76.0.2. Without offloads,
    // for who takes frames from it past the kernel: they would have no checksums, or be too long.
    // Needs ethtool(8).
    [[nodiscard]] Result<void> add_link(const std::string& name);

    // Starts this program again on a host; it ends with the lab, at the latest.
    [[nodiscard]] Result<pid_t> start(std::size_t host, const std::vector<std::string>& arguments);
    // The same, and what it writes comes out of `output`, which is the caller's to close.
    struct Speaker {
        pid_t program = -1;
        int output = -1;
    };
    [[nodiscard]] Result<Speaker> start_speaker(std::size_t host,
                                                const std::vector<std::string>& arguments,
                                                const std::string& input);
    // Ends one that was started, and waits for it.
    void end(pid_t program);
    // Runs it on a host to its end; the first line that it prints.
    [[nodiscard]] Result<std::string> output(std::size_t host,
                                             const std::vector<std::string>& arguments);
    // Runs a program on a host to its end. `input`: what it reads.
    [[nodiscard]] Result<void> run(std::size_t host, const std::vector<std::string>& words,
                                   const std::string& input);
    // This fraction of the datagrams that reach a host is dropped at random there, but for those
    // that go to one port; 0 ends it. Needs nft(8).
    [[nodiscard]] Result<void> drop(std::size_t host, double fraction, unsigned spared_port);

private:
    Lab() = default;
    [[nodiscard]] Result<void> connect();
    [[nodiscard]] Result<pid_t> spawn(int space, const std::vector<std::string>& words,
                                      int standard_input, int standard_output);

    int home_ = -1;            // the namespace that we came from
    std::vector<int> spaces_;  // of the hosts; a bridge's behind them
    std::size_t hosts_ = 0;
    std::vector<pid_t> programs_;
};

}  // namespace mcast::bench
