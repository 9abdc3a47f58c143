#include "tools/mcast/message_printer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "mcast/topic.hpp"
#include "tools/mcast/duration.hpp"
#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/meter.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// Of messages that cannot be read without a schema.
constexpr std::size_t kBytesShown = 32;

std::string type_text(std::uint64_t type) {
    if (type == kAnyType) return "unknown type";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "type 0x%016llx",
                  static_cast<unsigned long long>(type));
    return text.data();
}

std::string head_of(std::span<const std::byte> bytes) {
    return hex(bytes.first(std::min(bytes.size(), kBytesShown))) +
           (bytes.size() > kBytesShown ? "…" : "");
}

std::string hex_of(std::string_view bytes) {
    return hex(std::as_bytes(std::span(bytes)));
}

}  // namespace

MessagePrinter::MessagePrinter(std::string_view topic, const Schema* schema, Style style,
                               Names& names, Terminal& terminal)
    : topic_(topic), style_(style), names_(names), terminal_(terminal) {
    if (schema != nullptr) codec_.emplace(schema->root());
}

void MessagePrinter::print(const RawSample& sample) {
    if (const auto line = style_.json ? json_of(sample) : text_of(sample)) terminal_.line(*line);
}

std::optional<std::string> MessagePrinter::text_of(const RawSample& sample) {
    std::string prefix;
    if (!style_.plain) {
        prefix = names_.peer(sample.peer()) + "/" + names_.interface(sample.interface()) + ": ";
    }
    if (codec_) {
        auto text = codec_->text(sample.bytes());
        if (text) return prefix + *text;
        say_malformed(sample, text.error().what);
        return std::nullopt;
    }
    const std::uint64_t type = names_.type(sample.topic(), topic_);
    if (type == kBytesType) {
        const auto bytes = unframe_bytes(sample.bytes());
        if (bytes)
            return prefix + (is_printable(*bytes) ? std::string(*bytes) : "0x" + hex_of(*bytes));
        say_malformed(sample, "no struct Bytes");
        return std::nullopt;
    }
    hint(type);
    return prefix + "[" + type_text(type) + ", " + counted(sample.bytes().size(), "byte") + "] " +
           head_of(sample.bytes());
}

std::optional<std::string> MessagePrinter::json_of(const RawSample& sample) {
    JsonWriter json;
    json.begin_object().key("peer").begin_object().field("id", to_string(sample.peer()));
    json.field("name", names_.peer(sample.peer())).end_object();
    json.field("interface", names_.interface(sample.interface()));
    json.field("sequence", sample.sequence());
    json.field("sent_at", format_wall_time(sample.sent_at()));
    json.field("received_at", format_wall_time(sample.received_at()));
    json.field("latency_us", static_cast<double>(Meter::latency(sample).count()) / 1e3);
    const std::uint64_t type = codec_ ? kAnyType : names_.type(sample.topic(), topic_);
    if (codec_) {
        auto value = codec_->json(sample.bytes());
        if (!value) {
            say_malformed(sample, value.error().what);
            return std::nullopt;
        }
        json.key("value").raw(*value);
    } else if (type == kBytesType) {
        const auto bytes = unframe_bytes(sample.bytes());
        if (!bytes) {
            say_malformed(sample, "no struct Bytes");
            return std::nullopt;
        }
        is_printable(*bytes) ? json.field("value", *bytes) : json.field("hex", hex_of(*bytes));
    } else {
        hint(type);
        json.field("type", type_text(type)).field("size", std::uint64_t{sample.bytes().size()});
        json.field("hex", hex(sample.bytes()));
    }
    return json.end_object().text();
}

void MessagePrinter::say_malformed(const RawSample& sample, const std::string& why) {
    terminal_.note("a message of " + names_.peer(sample.peer()) + " cannot be shown: " + why);
}

void MessagePrinter::hint(std::uint64_t type) {
    if (hinted_) return;
    hinted_ = true;
    terminal_.note("topic '" + printable(topic_) + "' has Cap'n Proto messages of " +
                   type_text(type) + "; --schema FILE.capnp:Struct shows their fields");
}

}  // namespace mcast::cli
