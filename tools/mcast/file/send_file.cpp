#include "tools/mcast/file/send_file.hpp"

#include <array>
#include <cstdio>
#include <set>

#include "tools/mcast/duration.hpp"
#include "tools/mcast/file/file_name.hpp"
#include "tools/mcast/file/progress.hpp"
#include "tools/mcast/file/sender.hpp"
#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr Duration kTimeout = std::chrono::seconds(30);

double seconds(Duration duration) {
    return static_cast<double>(duration.count()) / 1e9;
}

// All that left this node, announcements and repairs included, as a multiple of the files.
double ratio(std::uint64_t sent, std::uint64_t size) {
    return size == 0 ? 0 : static_cast<double>(sent) / static_cast<double>(size);
}

std::string two_decimals(double number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", number);
    return text.data();
}

}  // namespace

void SendFileCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("send-file", "Send files to many receivers at once");
    app_->add_option("FILE", paths_, "What to send, one offer all together")
        ->required()
        ->type_name("")
        ->transform(unprotect);
    app_->add_option("--receivers", receivers_,
                     "Begin when N receivers are there; who comes later gets everything, too")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 4096));
    add_duration(*app_, "--timeout", timeout_,
                 "How long to wait for receivers to come, and for one that is gone to come back; "
                 "default 30s");
    add_common(*app_, common_);
    app_->footer(
        "Examples:\n"
        "  mcast send-file image.img                       to whoever runs mcast receive-file\n"
        "  mcast send-file a.bin b.bin --receivers 20 --timeout 5m\n"
        "All receive the same datagrams; what one of them lacks is sent again. It fails if "
        "somebody\n"
        "who was there did not get everything.");
}

Result<std::vector<OutgoingFile>> SendFileCommand::open(Terminal& terminal) const {
    if (paths_.size() > Manifest::kFilesMax) {
        return Error{ErrorCode::InvalidArgument, 0,
                     counted(paths_.size(), "file") + " are more than " +
                         std::to_string(Manifest::kFilesMax) + "; pack them first, with tar"};
    }
    std::vector<OutgoingFile> files;
    std::set<std::string> names;
    for (const std::string& path : paths_) {
        auto file = OutgoingFile::open(path, [&](std::uint64_t read) {
            terminal.status("reading " + printable(path) + "  " + format_bytes(read));
        });
        if (!file) return file.error();
        if (!names.insert(safe_file_name(file->offered().name)).second) {
            return Error{ErrorCode::InvalidArgument, 0,
                         "two files would be stored as '" + safe_file_name(file->offered().name) +
                             "'; send them one after another"};
        }
        files.push_back(std::move(*file));
    }
    terminal.status("");
    return files;
}

Result<int> SendFileCommand::run(Terminal& terminal) {
    // Before the node is open: reading may take long, and nobody shall wait for it.
    const auto files = open(terminal);
    if (!files) return files.error();
    auto opened = Session::open(common_, terminal);
    if (!opened) return opened.error();
    Session& session = **opened;
    Sender sender(session, terminal, *files,
                  {.receivers = receivers_, .timeout = timeout_.value_or(kTimeout)});
    if (auto sent = sender.run(); !sent) return sent.error();
    if (common_.json)
        summarize_json(session, sender, terminal);
    else
        summarize(session, sender, terminal);
    const Recipients& recipients = sender.recipients();
    return recipients.complete_count() == recipients.all().size() ? kSuccess : kFailure;
}

void SendFileCommand::summarize(Session& session, const Sender& sender, Terminal& terminal) const {
    for (const OfferedFile& file : sender.manifest().files) {
        terminal.line(hex(file.hash) + "  " + printable(file.name) + "  " +
                      format_bytes(file.size));
    }
    const Recipients& recipients = sender.recipients();
    const std::uint64_t size = sender.manifest().size();
    const std::uint64_t sent = session.node().stats().sent_bytes;
    const double rate =
        seconds(sender.duration()) > 0 ? static_cast<double>(size) / seconds(sender.duration()) : 0;
    terminal.line(std::to_string(recipients.complete_count()) + " of " +
                  counted(recipients.all().size(), "receiver") +
                  (recipients.all().size() == 1 ? " has" : " have") + " everything, after " +
                  format_duration(sender.duration()) + " (" +
                  format_bytes(static_cast<std::uint64_t>(rate)) + "/s)");
    terminal.line("sent " + format_bytes(sent) + " in all, " + two_decimals(ratio(sent, size)) +
                  " × the files; " + counted(sender.stats().repairs, "datagram") +
                  " sent again, asked " + counted(sender.rounds(), "time") + " who lacks what");
    terminal.flush();
    for (const Recipient& recipient : recipients.all()) {
        if (recipient.state == ReceiverState::COMPLETE) continue;
        terminal.note(recipient.name + " has " + percent(recipient.have, size) + ": " +
                      (!recipient.reason.empty() ? printable(recipient.reason)
                       : recipient.gone          ? "it is gone"
                                                 : std::string(to_string(recipient.state))));
    }
}

void SendFileCommand::summarize_json(Session& session, const Sender& sender,
                                     Terminal& terminal) const {
    const std::uint64_t size = sender.manifest().size();
    const std::uint64_t sent = session.node().stats().sent_bytes;
    JsonWriter json;
    json.begin_object().key("files").begin_array();
    for (const OfferedFile& file : sender.manifest().files) {
        json.begin_object().field("name", file.name).field("size", file.size);
        json.field("sha256", hex(file.hash)).end_object();
    }
    json.end_array().field("size", size).field("sent_bytes", sent);
    json.field("ratio", ratio(sent, size)).field("seconds", seconds(sender.duration()));
    const PublisherStats& stats = sender.stats();
    json.field("datagrams", stats.datagrams).field("repairs", stats.repairs);
    json.field("copies", stats.payload_copies).field("held_back", stats.held_back);
    json.field("paced", stats.paced).field("rounds", sender.rounds()).key("receivers");
    json.begin_array();
    for (const Recipient& recipient : sender.recipients().all()) {
        json.begin_object().field("name", recipient.name).field("id", to_string(recipient.peer));
        json.field("state", to_string(recipient.state)).field("have", recipient.have);
        json.field("gone", recipient.gone).field("reason", recipient.reason).end_object();
    }
    terminal.line(json.end_array().end_object().text());
}

}  // namespace mcast::cli
