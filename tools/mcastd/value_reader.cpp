#include "tools/mcastd/value_reader.hpp"

#include <algorithm>

#include "mcast/interface.hpp"
#include "tools/mcast/duration.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/config.hpp"
#include "tools/mcastd/quantity.hpp"

namespace mcastd {
namespace {

std::string quoted(std::string_view text) {
    // Enough to recognise it by.
    return "'" + mcast::cli::clipped(text, 60) + "'";
}

std::string listed(std::span<const std::string_view> names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i != 0) text += i + 1 == names.size() ? " or " : ", ";
        text += "\"" + std::string(names[i]) + "\"";
    }
    return text;
}

}  // namespace

void ValueReader::complain(const Value& value, const std::string& what) const {
    if (where_.empty())
        diagnostics_.error(value.at, key_ + ": " + what);
    else
        diagnostics_.error_elsewhere(where_, what);
}

bool ValueReader::expect(const Value& value, Value::Kind kind, const std::string& mend) const {
    if (value.kind == kind) return true;
    complain(value, "this is " + std::string(describe(value.kind)) + "; write " + mend);
    return false;
}

std::optional<std::uint64_t> ValueReader::number(const Value& value, std::uint64_t first,
                                                 std::uint64_t last) const {
    const std::string range =
        "a whole number from " + std::to_string(first) + " to " + std::to_string(last);
    if (!expect(value, Value::Kind::Integer, range)) return std::nullopt;
    if (value.integer >= 0) {
        const auto number = static_cast<std::uint64_t>(value.integer);
        if (number >= first && number <= last) return number;
    }
    complain(value, std::to_string(value.integer) + " is out of range; write " + range);
    return std::nullopt;
}

std::optional<bool> ValueReader::boolean(const Value& value) const {
    if (!expect(value, Value::Kind::Boolean, "true or false, without quotes")) return std::nullopt;
    return value.boolean;
}

std::optional<std::string> ValueReader::text(const Value& value, std::size_t size_max) const {
    if (!expect(value, Value::Kind::String, "it in \"quotes\"")) return std::nullopt;
    if (value.text.size() > size_max) {
        complain(value, "this is " + std::to_string(value.text.size()) +
                            " bytes long; the limit is " + std::to_string(size_max));
        return std::nullopt;
    }
    if (value.text.find('\t') != std::string::npos || !mcast::cli::is_printable(value.text)) {
        complain(value, "this has control characters; leave them out");
        return std::nullopt;
    }
    return value.text;
}

std::optional<std::string> ValueReader::name(const Value& value, std::size_t size_max) const {
    auto name = text(value, size_max);
    if (!name || !name->empty()) return name;
    complain(value, "this is empty; give it a value or leave the key out");
    return std::nullopt;
}

std::optional<std::size_t> ValueReader::choice(const Value& value,
                                               std::span<const std::string_view> names) const {
    if (!expect(value, Value::Kind::String, listed(names))) return std::nullopt;
    const auto found = std::find(names.begin(), names.end(), value.text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    const std::vector<std::string> candidates(names.begin(), names.end());
    const std::string meant = mcast::cli::closest(value.text, candidates);
    complain(value,
             quoted(value.text) + " is none of its values; " +
                 (meant.empty() ? "write " + listed(names) : "did you mean \"" + meant + "\"?"));
    return std::nullopt;
}

std::optional<mcast::Duration> ValueReader::duration(const Value& value, mcast::Duration first,
                                                     mcast::Duration last) const {
    const std::string mend = "a duration from \"" + format_exactly(first) + "\" to \"" +
                             format_exactly(last) + "\", such as \"5s\" or \"500ms\"";
    if (!expect(value, Value::Kind::String, mend)) return std::nullopt;
    const auto parsed = mcast::cli::parse_duration(value.text);
    if (parsed && *parsed >= first && *parsed <= last) return parsed;
    complain(value, quoted(value.text) +
                        (parsed ? " is out of range; write " : " is no duration; write ") + mend);
    return std::nullopt;
}

std::optional<std::uint64_t> ValueReader::size(const Value& value, std::uint64_t first,
                                               std::uint64_t last) const {
    const std::string mend = "a size from \"" + format_size(first) + "\" to \"" +
                             format_size(last) + "\", such as \"64M\"";
    std::optional<std::uint64_t> parsed;
    if (value.kind == Value::Kind::Integer) {
        if (value.integer >= 0) parsed = static_cast<std::uint64_t>(value.integer);
    } else if (expect(value, Value::Kind::String, mend)) {
        parsed = parse_size(value.text);
    } else {
        return std::nullopt;
    }
    if (parsed && *parsed >= first && *parsed <= last) return parsed;
    const std::string shown =
        value.kind == Value::Kind::Integer ? std::to_string(value.integer) : quoted(value.text);
    complain(value, shown + (parsed ? " is out of range; write " : " is no size; write ") + mend);
    return std::nullopt;
}

std::optional<std::vector<const Value*>> ValueReader::strings(const Value& value,
                                                              std::size_t count_max,
                                                              std::string_view noun) const {
    std::vector<const Value*> found;
    if (value.kind == Value::Kind::String) {
        found.push_back(&value);
        return found;
    }
    if (!expect(value, Value::Kind::Array, "a list of strings, as in [\"…\", \"…\"]"))
        return std::nullopt;
    if (value.items.size() > count_max) {
        complain(value, "these are " + std::to_string(value.items.size()) + " " +
                            std::string(noun) + "; the limit is " + std::to_string(count_max));
        return std::nullopt;
    }
    for (const Value& item : value.items) {
        if (!expect(item, Value::Kind::String, "a string, in \"quotes\"")) return std::nullopt;
        found.push_back(&item);
    }
    return found;
}

std::optional<std::vector<std::string>> ValueReader::selectors(const Value& value) const {
    const auto items = strings(value, kSelectorsMax, "selectors");
    if (!items) return std::nullopt;
    if (items->empty()) {
        complain(value,
                 "an empty list is no interface at all; name one, or leave the key out for "
                 "all that are used");
        return std::nullopt;
    }
    std::vector<std::string> selectors;
    bool sound = true;
    for (const Value* item : *items) {
        const std::vector<std::string> one{item->text};
        const auto parsed = mcast::InterfaceSelection::parse(one);
        if (!parsed) complain(*item, parsed.error().what);
        sound = sound && parsed.has_value();
        selectors.push_back(item->text);
    }
    if (!sound) return std::nullopt;
    return selectors;
}

}  // namespace mcastd
