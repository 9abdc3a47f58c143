#include "tools/mcast/file/receive_file.hpp"

#include "tools/mcast/duration.hpp"
#include "tools/mcast/file/folder.hpp"
#include "tools/mcast/file/progress.hpp"
#include "tools/mcast/file/receiver.hpp"
#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {

void ReceiveFileCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("receive-file", "Receive what somebody sends by send-file");
    app_->add_option("--into", folder_, "Store in this folder")
        ->type_name("FOLDER")
        ->capture_default_str()
        ->transform(unprotect);
    app_->add_flag("--force", force_, "Replace files of the same names that are something else");
    app_->add_option("--from", from_, "Only from the sender of this name")
        ->type_name("NAME")
        ->transform(unprotect);
    add_duration(
        *app_, "--timeout", timeout_,
        "Give up when there is no sender for this long; default: wait for one to come, and "
        "30s for one that is gone");
    add_common(*app_, common_);
    app_->footer(
        "Examples:\n"
        "  mcast receive-file                              into this folder, from whoever sends\n"
        "  mcast receive-file --into downloads --timeout 5m --json\n"
        "What is not complete is NAME.part; a later receive-file goes on with it. Nothing is "
        "replaced\nwithout --force, and nothing is kept whose hash (SHA-256) is not the sender's.");
}

Result<int> ReceiveFileCommand::run(Terminal& terminal) {
    const auto folder = Folder::open(folder_);
    if (!folder) return folder.error();
    auto opened = Session::open(common_, terminal);
    if (!opened) return opened.error();
    Session& session = **opened;
    Receiver receiver(session, terminal, *folder,
                      {.force = force_, .timeout = timeout_, .from = from_});
    if (auto received = receiver.run(); !received) return received.error();
    summarize(receiver, terminal);
    return kSuccess;
}

void ReceiveFileCommand::summarize(const Receiver& receiver, Terminal& terminal) const {
    const Incoming& incoming = receiver.incoming();
    if (!common_.json) {
        for (const Incoming::Arrival& file : incoming.arrivals()) {
            terminal.line(hex(file.offered->hash) + "  " + printable(file.name) + "  " +
                          format_bytes(file.offered->size) +
                          (file.was_there ? " (was there already)" : ""));
        }
        terminal.note(
            "received from " + receiver.sender_name() + " within " +
            format_duration(receiver.duration()) +
            (incoming.resumed() > 0 ? ", " + format_bytes(incoming.resumed()) + " were there before"
                                    : "") +
            ", hashes are right; " + counted(receiver.repaired(), "datagram") + " repaired");
        return;
    }
    JsonWriter json;
    json.begin_object().field("from", receiver.sender_name()).key("files").begin_array();
    for (const Incoming::Arrival& file : incoming.arrivals()) {
        json.begin_object().field("path", file.name).field("name", file.offered->name);
        json.field("size", file.offered->size).field("sha256", hex(file.offered->hash));
        json.field("was_there", file.was_there).end_object();
    }
    json.end_array().field("size", incoming.manifest().size());
    json.field("resumed", incoming.resumed());
    json.field("seconds", static_cast<double>(receiver.duration().count()) / 1e9);
    json.field("chunks", receiver.counts().chunks).field("repeated", receiver.counts().repeated);
    terminal.line(json.field("repaired", receiver.repaired()).end_object().text());
}

}  // namespace mcast::cli
