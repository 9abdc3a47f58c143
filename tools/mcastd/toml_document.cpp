#include <toml++/toml.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "tools/mcastd/document.hpp"

namespace mcastd {
namespace {

// Lines with a syntax error that are told; behind them is probably no TOML.
constexpr std::size_t kSyntaxErrorsMax = 20;

Position position_of(const toml::source_region& region) {
    Position at{region.begin.line, region.begin.column, 1};
    if (region.end.line == region.begin.line && region.end.column > region.begin.column)
        at.length = region.end.column - region.begin.column;
    return at;
}

Value value_of(const toml::node& node, int depth);

void add_entries(Value& value, const toml::table& table, int depth) {
    value.entries.reserve(table.size());
    for (const auto& [key, node] : table)
        value.entries.push_back(
            {std::string(key.str()), position_of(key.source()), value_of(node, depth + 1)});
    // toml++ sorts them by name.
    std::sort(value.entries.begin(), value.entries.end(), [](const Entry& one, const Entry& other) {
        return std::pair(one.at.line, one.at.column) < std::pair(other.at.line, other.at.column);
    });
}

// No configuration goes as deep as this. What is below is left out, and what is above is no key
// that anybody knows.
constexpr int kDepthMax = 8;

Value value_of(const toml::node& node, int depth) {
    Value value;
    value.at = position_of(node.source());
    switch (node.type()) {
        case toml::node_type::string:
            value.kind = Value::Kind::String;
            value.text = node.ref<std::string>();
            break;
        case toml::node_type::integer:
            value.kind = Value::Kind::Integer;
            value.integer = node.ref<std::int64_t>();
            break;
        case toml::node_type::floating_point:
            value.kind = Value::Kind::Float;
            break;
        case toml::node_type::boolean:
            value.kind = Value::Kind::Boolean;
            value.boolean = node.ref<bool>();
            break;
        case toml::node_type::array:
            value.kind = Value::Kind::Array;
            if (depth >= kDepthMax) break;
            for (const toml::node& item : *node.as_array())
                value.items.push_back(value_of(item, depth + 1));
            break;
        case toml::node_type::table:
            value.kind = Value::Kind::Table;
            if (depth < kDepthMax) add_entries(value, *node.as_table(), depth);
            break;
        default:
            value.kind = Value::Kind::Date;
            break;
    }
    return value;
}

// "Error while parsing key-value pair: expected '=', saw 'x'", taken apart.
struct Reason {
    std::string_view inside;  // "key-value pair"
    std::string_view what;    // "expected '=', saw 'x'"
};

Reason reason_of(std::string_view description) {
    constexpr std::string_view kBefore = "Error while parsing ";
    const std::size_t colon = description.find(": ");
    if (!description.starts_with(kBefore) || colon == std::string_view::npos)
        return {{}, description};
    return {description.substr(kBefore.size(), colon - kBefore.size()),
            description.substr(colon + 2)};
}

// What toml++ says in the words of its grammar, in those of who wrote the file.
std::string in_plain_words(std::string_view what) {
    if (what.find("utf-8") != std::string_view::npos)
        return "this is not UTF-8; save the file as UTF-8";
    if (what.starts_with("could not determine value type"))
        return "this is no value; a string needs \"quotes\"";
    if (what.starts_with("unescaped control characters"))
        return "a control character in quotes; if the text should end here, add the closing quote";
    return std::string(what);
}

struct Failure {
    SyntaxError error;
    bool in_list = false;  // which may go on for lines
};

// toml++ of Debian throws; nobody above sees it.
std::variant<toml::table, Failure> parse_toml(std::string_view text) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        const Reason reason = reason_of(error.description());
        return Failure{{position_of(error.source()), in_plain_words(reason.what)},
                       reason.inside == "array" || reason.inside == "inline table"};
    }
}

struct LineOf {
    std::size_t begin = 0;
    std::size_t size = 0;
};

LineOf find_line(std::string_view text, std::uint32_t number) {
    std::size_t begin = 0;
    for (std::uint32_t line = 1; line < number; ++line) {
        const std::size_t end = text.find('\n', begin);
        if (end == std::string_view::npos) return {text.size(), 0};
        begin = end + 1;
    }
    return {begin, std::min(text.find('\n', begin), text.size()) - begin};
}

// Whether the lines around still mean what they did without this one: not when it is a header, or
// opens or closes something that goes over lines.
bool can_be_left_out(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '[') return false;
    return line.find("\"\"\"") == std::string_view::npos &&
           line.find("'''") == std::string_view::npos &&
           std::count(line.begin(), line.end(), '[') == std::count(line.begin(), line.end(), ']') &&
           std::count(line.begin(), line.end(), '{') == std::count(line.begin(), line.end(), '}');
}

// toml++ points at the value.
void tell_of_twice(SyntaxError& error, std::string_view line) {
    const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
    const std::size_t end = std::min(line.find_first_of(" \t=", first), line.size());
    error.at.column = static_cast<std::uint32_t>(first + 1);
    error.at.length = static_cast<std::uint32_t>(std::max<std::size_t>(end - first, 1));
    error.what = "this is there already; a key and a [table] may stand once";
}

}  // namespace

Document parse_document(std::string text) {
    Document document;
    document.root.kind = Value::Kind::Table;
    while (true) {
        const std::variant<toml::table, Failure> parsed = parse_toml(text);
        if (const auto* table = std::get_if<toml::table>(&parsed)) {
            add_entries(document.root, *table, 0);
            return document;
        }
        auto [error, in_list] = std::get<Failure>(parsed);
        const LineOf line = find_line(text, error.at.line);
        const std::string_view shown = std::string_view(text).substr(line.begin, line.size);
        if (error.what.starts_with("cannot redefine")) tell_of_twice(error, shown);
        document.errors.push_back(std::move(error));
        if (document.errors.size() >= kSyntaxErrorsMax || in_list || !can_be_left_out(shown)) {
            document.whole = false;
            return document;
        }
        std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(line.begin), line.size, ' ');
    }
}

const Entry* Value::find(std::string_view key) const {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

std::string_view describe(Value::Kind kind) {
    switch (kind) {
        case Value::Kind::String:
            return "a string";
        case Value::Kind::Integer:
            return "a whole number";
        case Value::Kind::Float:
            return "a number with a fraction";
        case Value::Kind::Boolean:
            return "true or false";
        case Value::Kind::Date:
            return "a date or time";
        case Value::Kind::Array:
            return "a list";
        case Value::Kind::Table:
            break;
    }
    return "a table";
}

}  // namespace mcastd
