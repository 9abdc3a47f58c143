#include "tools/mcastd/config_text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "tools/mcast/text.hpp"
#include "tools/mcastd/quantity.hpp"
#include "tools/mcastd/setting.hpp"

namespace mcastd {
namespace {

using mcast::relay::Line;

// Where comments stand, so that they line up behind values of usual length.
constexpr std::size_t kCommentColumn = 36;

class Writer {
public:
    explicit Writer(const ConfigResult* from) : from_(from) {}

    void write(const Config& config) {
        line("version = 1", "");
        std::string table;
        for (const Setting& setting : settings()) {
            const std::size_t dot = setting.key.find('.');
            const bool inside = dot != std::string_view::npos;
            if (inside && setting.key.substr(0, dot) != table) {
                table = setting.key.substr(0, dot);
                // Before the first table, what belongs to none has to be over.
                text_ += "\n[" + table + "]\n";
            }
            write(setting, setting.key.substr(inside ? dot + 1 : 0), config);
        }
        for (const DomainConfig& domain : config.domains)
            write(domain);
        for (const ForeignConfig& foreign : config.foreign)
            write(foreign);
        for (const mcast::relay::Rule& rule : config.rules)
            write(rule);
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    void write(const Setting& setting, std::string_view key, const Config& config) {
        const std::string value = setting.get(config);
        std::string origin;
        if (from_ != nullptr) {
            const auto found = from_->origins.find(setting.key);
            origin = found == from_->origins.end() ? "default" : found->second;
        }
        const std::string name(key);
        if (!value.empty())
            line(name + " = " + value, origin);
        else if (from_ != nullptr)
            line("# " + name + " =", origin);
    }

    void write(const DomainConfig& domain) {
        table("domain", domain.line);
        key("name", quoted_toml(domain.name));
    }

    void write(const ForeignConfig& foreign) {
        table("foreign", foreign.line);
        if (!foreign.preset.empty()) {
            key("preset", quoted_toml(foreign.preset));
        } else {
            if (foreign.group) key("group", quoted_toml(to_string(*foreign.group)));
            if (foreign.broadcast) key("broadcast", "true");
            key("port", std::to_string(foreign.port));
        }
        selectors("from", foreign.from);
        selectors("to", foreign.to);
        key("both", foreign.both ? "true" : "false");
        const bool keep = foreign.source == SourceAddress::Keep;
        key("source", keep ? "\"keep\"" : "\"replace\"");
        if (!keep) key("replies", quoted_toml(format_exactly(foreign.replies)));
        key("ttl", foreign.ttl ? std::to_string(*foreign.ttl) : "\"decrement\"");
        key("rate", std::to_string(foreign.rate));
        key("open", quoted_toml(format_exactly(foreign.open)));
    }

    void write(const mcast::relay::Rule& rule) {
        table("rule", rule.line);
        selectors("from", rule.from);
        selectors("to", rule.to);
        if (rule.source) key("source", quoted_toml(to_string(*rule.source)));
        glob("domain", rule.domain);
        glob("topic", rule.topic);
        if (rule.group) key("group", quoted_toml(group_of(*rule.group)));
        glob("peer", rule.peer);
        if (rule.rate != 0) key("rate", std::to_string(rule.rate));
        if (rule.burst != 0) key("burst", std::to_string(rule.burst));
        key("action", quoted_toml(to_string(rule.action)));
    }

    // Port 0 stands for all of them, and is not written.
    static std::string group_of(const mcast::Endpoint& group) {
        return group.port == 0 ? to_string(group.address) : to_string(group);
    }

    void table(std::string_view name, Line line_of) {
        text_ += "\n";
        const bool told = from_ != nullptr && line_of.value != 0;
        line("[[" + std::string(name) + "]]",
             told ? from_->file + ":" + std::to_string(line_of.value) : "");
    }
    void key(const std::string& name, const std::string& value) { line(name + " = " + value, ""); }
    void glob(const std::string& name, const std::string& value) {
        if (!value.empty()) key(name, quoted_toml(value));
    }
    void selectors(const std::string& name, const std::vector<std::string>& values) {
        if (!values.empty()) key(name, quoted_toml(values));
    }
    void line(std::string text, const std::string& comment) {
        if (!comment.empty()) {
            const std::size_t width = mcast::cli::columns(text);
            text.append(width < kCommentColumn ? kCommentColumn - width : 1, ' ');
            text += "# " + mcast::cli::printable(comment);
        }
        text_ += text + "\n";
    }

    const ConfigResult* from_;
    std::string text_;
};

}  // namespace

std::string to_toml(const Config& config) {
    Writer writer(nullptr);
    writer.write(config);
    return writer.take();
}

std::string to_toml(const Config& config, const ConfigResult& from) {
    Writer writer(&from);
    writer.write(config);
    return writer.take();
}

}  // namespace mcastd
