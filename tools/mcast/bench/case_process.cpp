#include "tools/mcast/bench/case_process.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <thread>

#include "tools/mcast/bench/conductor.hpp"
#include "tools/mcast/bench/device.hpp"
#include "tools/mcast/bench/raw_socket.hpp"
#include "tools/mcast/bench/servant.hpp"
#include "tools/mcast/bench/suite.hpp"

namespace mcast::bench {
namespace {

constexpr Duration kFindPatience = std::chrono::seconds(15);

std::vector<std::string> join(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

// False: there is no more. A signal is no end.
bool read_some(int descriptor, std::string& text) {
    std::array<char, 4096> part{};
    const ssize_t size = ::read(descriptor, part.data(), part.size());
    if (size > 0) text.append(part.data(), static_cast<std::size_t>(size));
    return size > 0 || (size < 0 && errno == EINTR);
}

bool write_all(int descriptor, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t size = ::write(descriptor, text.data() + at, text.size() - at);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return false;
        at += static_cast<std::size_t>(size);
    }
    return true;
}

// The receiving end in a thread of this process, for devices that both ends must share.
class ReceivingThread {
public:
    ReceivingThread(const cli::CommonOptions& options, const std::string& interface)
        : thread_([this, options, interface] { run(options, interface); }) {}
    ReceivingThread(const ReceivingThread&) = delete;
    ReceivingThread& operator=(const ReceivingThread&) = delete;
    ~ReceivingThread() {
        stopped_.store(true, std::memory_order_relaxed);
        thread_.join();
    }

private:
    void run(cli::CommonOptions options, const std::string& interface) {
        cli::Terminal terminal;
        const NodeOptions measured = options.node;
        options.node = exchange_options(options.node);
        auto session = cli::Session::open(options, terminal);
        if (!session) {
            terminal.note("bench: " + session.error().what);
            return;
        }
        Servant servant(**session, measured, interface);
        servant.serve(&stopped_);
    }

    std::atomic<bool> stopped_{false};
    std::thread thread_;  // the last: it uses the others
};

Result<Round> measure(const cli::CommonOptions& options, const std::vector<int>& cores,
                      cli::Terminal& terminal, const Assignment& assignment) {
    const Device* const device = find_device(assignment.what.backend);
    if (device == nullptr)
        return Error{ErrorCode::InvalidArgument, 0, "a process of its own is for DPDK only"};
    cli::CommonOptions exchange = options;
    exchange.node = exchange_options(options.node);
    auto session = cli::Session::open(exchange, terminal);
    if (!session) return session.error();
    auto interface = interface_of(**session);
    if (!interface) return interface.error();
    std::optional<ReceivingThread> receiver;
    if (device->in_one_process) {
        cli::CommonOptions other = options;
        other.node.name = options.node.name + "-receiver";
        receiver.emplace(other, *interface);
    }
    Conductor conductor(**session, options.node, *interface, cores);
    if (auto found = conductor.find_ends(1, "*", kFindPatience); !found) return found.error();
    return conductor.run(assignment.what, {assignment.duration, assignment.warm_up});
}

}  // namespace

Result<Round> run_apart(Lab& lab, cli::Session& session, const CaseWords& words, const Case& what,
                        const Timing& timing) {
    const Device& device = *find_device(what.backend);
    const std::vector<std::string> node = join({"--domain", words.domain}, words.node);
    pid_t receiver = -1;
    if (!device.in_one_process) {
        auto started =
            lab.start(device.on_link ? 1 : 0, join({"bench", "serve", "--name", "receiver"}, node));
        if (!started) return started.error();
        receiver = *started;
    }
    auto sender = lab.start_speaker(
        0, join(join({"bench", kCaseProcess, "--name", "sender"}, node), words.sender),
        case_bytes(what, timing));
    std::string said;
    if (sender) {
        while (!session.over()) {
            session.drain_events([](const Event&) {});
            if (session.wait_readable(sender->output, session.now() + cli::kLookAround) &&
                !read_some(sender->output, said))
                break;
        }
        ::close(sender->output);
        lab.end(sender->program);
    }
    if (receiver >= 0) lab.end(receiver);
    if (!sender) return sender.error();
    if (session.over()) return Error{ErrorCode::TryAgain, 0, "interrupted"};
    return read_outcome(said);
}

Result<void> be_case_process(const cli::CommonOptions& options, const std::vector<int>& cores,
                             cli::Terminal& terminal) {
    std::string bytes;
    while (read_some(STDIN_FILENO, bytes)) {
    }
    auto assignment = read_case(bytes);
    if (!assignment) return assignment.error();
    const Result<Round> outcome = measure(options, cores, terminal, *assignment);
    if (!write_all(STDOUT_FILENO, outcome_bytes(outcome))) return system_error("standard output");
    return {};
}

}  // namespace mcast::bench
