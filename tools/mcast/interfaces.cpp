#include "tools/mcast/interfaces.hpp"

#include <map>
#include <string>
#include <vector>

#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/options.hpp"
#include "tools/mcast/session.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// Enough for the interfaces to be attached, and to join.
constexpr Duration kSettle = std::chrono::milliseconds(200);

using Row = std::vector<std::string>;

std::string addresses_of(const Interface& interface) {
    std::vector<std::string> texts;
    for (const InterfaceAddress& address : interface.addresses) {
        texts.push_back(to_string(address.address) + "/" + std::to_string(address.prefix_length) +
                        (address.tentative ? " (tentative)" : ""));
    }
    return texts.empty() ? "-" : join(texts, ", ");
}

std::string use_of(const InterfaceStatus& status) {
    if (status.attached) return "in use: " + printable(status.eligibility.reason);
    if (status.eligibility.eligible) {
        return "not in use: " +
               (status.problem.empty() ? "not attached yet" : printable(status.problem));
    }
    return "not eligible: " + printable(status.eligibility.reason);
}

Row row_of(const InterfaceStatus& status) {
    const Interface& interface = status.interface;
    return {"#" + std::to_string(interface.index.value),
            printable(interface.name),
            std::string(to_string(interface.kind)),
            std::to_string(interface.mtu),
            addresses_of(interface),
            use_of(status)};
}

void print_details(const InterfaceStatus& status, Terminal& terminal) {
    std::vector<std::string> groups;
    for (const Endpoint& group : status.groups)
        groups.push_back(to_string(group));
    std::vector<std::string> endpoints;
    for (const Endpoint& endpoint : status.endpoints)
        endpoints.push_back(to_string(endpoint));
    const TransportCounters& counters = status.counters;
    terminal.line(printable(status.interface.name) + ":");
    terminal.line("  joined   " + (groups.empty() ? "-" : join(groups, ", ")));
    terminal.line("  unicast  " + (endpoints.empty() ? "-" : join(endpoints, ", ")));
    terminal.line("  sent     " + std::to_string(counters.sent_datagrams) + " (" +
                  std::to_string(counters.sent_bytes) + " bytes, " +
                  counted(counters.send_errors, "error") + ")");
    terminal.line("  received " + std::to_string(counters.received_datagrams) + " (" +
                  std::to_string(counters.received_bytes) + " bytes, " +
                  std::to_string(counters.receive_dropped) + " dropped, " +
                  std::to_string(counters.receive_truncated) + " truncated)");
}

void print_table(const Node& node, Terminal& terminal) {
    std::vector<Row> rows{{"INDEX", "NAME", "KIND", "MTU", "ADDRESSES", "USE"}};
    const std::vector<InterfaceStatus> all = node.interfaces();
    for (const InterfaceStatus& status : all)
        rows.push_back(row_of(status));
    terminal.text(table(rows));
    for (const InterfaceStatus& status : all) {
        if (!status.attached) continue;
        terminal.line("");
        print_details(status, terminal);
    }
    const Capabilities& capabilities = node.capabilities();
    if (capabilities.notes.empty()) return;
    terminal.line("");
    terminal.line("transport " + capabilities.name + ":");
    for (const std::string& note : capabilities.notes)
        terminal.line("  " + printable(note));
}

void write_counters(const TransportCounters& counters, JsonWriter& json) {
    json.key("counters").begin_object();
    json.field("sent_datagrams", counters.sent_datagrams).field("sent_bytes", counters.sent_bytes);
    json.field("send_errors", counters.send_errors);
    json.field("received_datagrams", counters.received_datagrams);
    json.field("received_bytes", counters.received_bytes);
    json.field("receive_dropped", counters.receive_dropped);
    json.field("receive_truncated", counters.receive_truncated);
    json.field("receive_leaked", counters.receive_leaked);
    json.field("receive_stalls", counters.receive_stalls).end_object();
}

void write(const InterfaceStatus& status, JsonWriter& json) {
    const Interface& interface = status.interface;
    json.begin_object().field("index", interface.index.value).field("name", interface.name);
    json.field("kind", to_string(interface.kind)).field("mtu", interface.mtu);
    json.field("up", interface.up).field("multicast", interface.multicast);
    json.field("broadcast", interface.broadcast).key("addresses").begin_array();
    for (const InterfaceAddress& address : interface.addresses) {
        json.begin_object().field("address", to_string(address.address));
        json.field("prefix_length", int{address.prefix_length});
        json.field("tentative", address.tentative).end_object();
    }
    json.end_array().field("eligible", status.eligibility.eligible);
    json.field("reason", status.eligibility.reason).field("attached", status.attached);
    json.field("problem", status.problem).key("groups").begin_array();
    for (const Endpoint& group : status.groups)
        json.value(to_string(group));
    json.end_array().key("endpoints").begin_array();
    for (const Endpoint& endpoint : status.endpoints)
        json.value(to_string(endpoint));
    json.end_array();
    write_counters(status.counters, json);
    json.end_object();
}

void print_json(const Node& node, Terminal& terminal) {
    JsonWriter json;
    json.begin_object().key("interfaces").begin_array();
    for (const InterfaceStatus& status : node.interfaces())
        write(status, json);
    json.end_array().key("transport").begin_object();
    json.field("name", node.capabilities().name);
    json.field("datagram_max", std::uint64_t{node.capabilities().datagram_max});
    json.key("notes").begin_array();
    for (const std::string& note : node.capabilities().notes)
        json.value(note);
    json.end_array().end_object().end_object();
    terminal.line(json.text());
}

// Prints what has changed as lines: "+" came, "~" is different now, "-" went.
class Watcher {
public:
    Watcher(Terminal& terminal, bool json) : terminal_(terminal), json_(json) {}

    void look(const Node& node) {
        std::map<std::uint32_t, Row> seen;
        for (const InterfaceStatus& status : node.interfaces()) {
            const std::uint32_t index = status.interface.index.value;
            Row row = row_of(status);
            const auto known = rows_.find(index);
            if (known == rows_.end()) {
                if (!first_) say("+", "appeared", row, &status);
            } else if (known->second != row) {
                say("~", "changed", row, &status);
            }
            seen.emplace(index, std::move(row));
        }
        for (const auto& [index, row] : rows_) {
            if (!seen.contains(index)) say("-", "vanished", row, nullptr);
        }
        rows_ = std::move(seen);
        first_ = false;
    }

private:
    void say(std::string_view mark, std::string_view change, const Row& row,
             const InterfaceStatus* status) {
        if (!json_) return terminal_.line(std::string(mark) + " " + join(row, "  "));
        JsonWriter json;
        json.begin_object().field("change", change).field("name", row[1]).key("interface");
        status == nullptr ? static_cast<void>(json.null()) : write(*status, json);
        terminal_.line(json.end_object().text());
    }

    Terminal& terminal_;
    bool json_;
    bool first_ = true;
    std::map<std::uint32_t, Row> rows_;
};

}  // namespace

void InterfacesCommand::add_to(CLI::App& app) {
    app_ = app.add_subcommand("interfaces", "All interfaces: used, or why not");
    app_->add_flag("--watch", watch_, "Go on and print changes as they happen");
    add_common(*app_, common_);
    app_->footer(
        "Examples:\n"
        "  mcast interfaces                  what a node would use here, and why\n"
        "  mcast interfaces -i type=wifi     what it would use with this selector\n"
        "  mcast interfaces --watch          print changes, e.g. while pulling a cable\n"
        "Counters are those of this command; --duration lets it run for longer.");
}

Result<int> InterfacesCommand::run(Terminal& terminal) {
    if (!watch_ && !common_.duration) common_.duration = kSettle;
    auto session = Session::open(common_, terminal);
    if (!session) return session.error();
    Session& running = **session;
    Node& node = running.node();
    const Instant settled = running.now() + kSettle;
    const auto ignore = [](const Event&) {};
    while (!running.over() && (!watch_ || running.now() < settled)) {
        running.wait(watch_ ? settled : kNever);
        running.drain_events(ignore);
    }
    common_.json ? print_json(node, terminal) : print_table(node, terminal);
    Watcher watcher(terminal, common_.json);
    while (watch_ && !running.over()) {
        watcher.look(node);
        terminal.flush();
        running.wait(kNever);
        running.drain_events(ignore);
    }
    return kSuccess;
}

}  // namespace mcast::cli
