#include "tools/mcast/value.hpp"

#include <capnp/any.h>
#include <capnp/compat/json.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize-text.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "tools/mcast/schema.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// A small message can point at the same list again and again: what is read of it, and so what is
// printed, ends here.
constexpr std::size_t kWordsShownMax = 2u << 20;

Frame flatten(capnp::MessageBuilder& builder) {
    const kj::Array<capnp::word> words = capnp::messageToFlatArray(builder);
    const kj::ArrayPtr<const kj::byte> bytes = words.asBytes();
    Frame frame(bytes.size());
    std::memcpy(frame.data(), bytes.begin(), bytes.size());
    return frame;
}

kj::ArrayPtr<const capnp::word> words_of(std::span<const std::byte> frame) {
    return {reinterpret_cast<const capnp::word*>(frame.data()), frame.size() / sizeof(capnp::word)};
}

// Cap'n Proto's lexer takes the "=-" of "(x=-1)" for one operator: part it. `parted` gets where.
std::string part_signs(std::string_view text, std::vector<std::size_t>& parted) {
    std::string result;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = quoted && text[i] == '\\' && i + 1 < text.size();
        if (escaped) result += text[i++];
        if (text[i] == '"' && !escaped) quoted = !quoted;
        if (!quoted && text[i] == '-' && i > 0 && text[i - 1] == '=') {
            parted.push_back(result.size());
            result += ' ';
        }
        result += text[i];
    }
    return result;
}

// "8-9: Struct has no field …" of the text parser: columns from 0, in the text as it was parted.
std::string place_and_reason(const kj::Exception& exception,
                             const std::vector<std::size_t>& parted) {
    const std::string reason = explain(exception);
    std::size_t column = 0;
    const auto [end, error] = std::from_chars(reason.data(), reason.data() + reason.size(), column);
    const std::size_t colon = reason.find(": ");
    if (error != std::errc{} || *end != '-' || colon == std::string::npos) {
        return reason.starts_with("External constants")
                   ? "a name that is neither a field nor an enumerant here; text goes in quotes"
                   : reason;
    }
    column -= static_cast<std::size_t>(
        std::count_if(parted.begin(), parted.end(), [&](std::size_t at) { return at < column; }));
    return "column " + std::to_string(column + 1) + ": " + reason.substr(colon + 2);
}

}  // namespace

std::string ValueCodec::fields() const {
    std::vector<std::string> names;
    for (const auto field : schema_.getFields())
        names.emplace_back(field.getProto().getName().cStr());
    return join(names, ", ");
}

Result<Frame> ValueCodec::parse(std::string_view text) const {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    const char first = begin == std::string_view::npos ? '\0' : text[begin];
    const std::string struct_name = schema_.getShortDisplayName().cStr();
    const std::string step =
        "value '" + clipped(printable(text), 60) + "' of " + struct_name + ": ";
    if (first != '{' && first != '(') {
        return Error{ErrorCode::InvalidArgument, 0,
                     step +
                         "is neither Cap'n Proto text like '(x = 1)' nor JSON like '{\"x\": 1}'; " +
                         struct_name + " has " + fields()};
    }
    std::vector<std::size_t> parted;
    try {
        capnp::MallocMessageBuilder builder;
        auto root = builder.initRoot<capnp::DynamicStruct>(schema_);
        if (first == '{') {
            capnp::JsonCodec codec;
            codec.setRejectUnknownFields(true);
            codec.handleByAnnotation(schema_);
            codec.decode(kj::arrayPtr(text.data(), text.size()), root);
        } else {
            const std::string spaced = part_signs(text, parted);
            capnp::TextCodec().decode(kj::StringPtr(spaced.c_str(), spaced.size()), root);
        }
        return flatten(builder);
    } catch (const kj::Exception& exception) {
        const std::string reason = place_and_reason(exception, parted);
        const bool unknown = reason.find("field") != std::string::npos;
        return Error{ErrorCode::InvalidArgument, 0,
                     step + reason + (unknown ? "; " + struct_name + " has " + fields() : "")};
    }
}

Result<std::string> ValueCodec::text(std::span<const std::byte> frame) const {
    try {
        capnp::FlatArrayMessageReader reader(words_of(frame),
                                             {.traversalLimitInWords = kWordsShownMax});
        const kj::String shown =
            capnp::TextCodec().encode(reader.getRoot<capnp::DynamicStruct>(schema_));
        return printable({shown.begin(), shown.size()});
    } catch (const kj::Exception& exception) {
        return Error{ErrorCode::InvalidArgument, 0, explain(exception)};
    }
}

Result<std::string> ValueCodec::json(std::span<const std::byte> frame) const {
    try {
        capnp::FlatArrayMessageReader reader(words_of(frame),
                                             {.traversalLimitInWords = kWordsShownMax});
        capnp::JsonCodec codec;
        codec.handleByAnnotation(schema_);
        const kj::String shown = codec.encode(reader.getRoot<capnp::DynamicStruct>(schema_));
        return std::string(shown.begin(), shown.size());
    } catch (const kj::Exception& exception) {
        return Error{ErrorCode::InvalidArgument, 0, explain(exception)};
    }
}

Frame frame_bytes(std::string_view content) {
    capnp::MallocMessageBuilder builder;
    auto root = builder.initRoot<capnp::AnyPointer>().initAsAnyStruct(0, 1);
    root.getPointerSection()[0].setAs<capnp::Data>(
        kj::arrayPtr(reinterpret_cast<const kj::byte*>(content.data()), content.size()));
    return flatten(builder);
}

std::optional<std::string_view> unframe_bytes(std::span<const std::byte> frame) {
    try {
        capnp::FlatArrayMessageReader reader(words_of(frame));
        const auto pointers = reader.getRoot<capnp::AnyStruct>().getPointerSection();
        if (pointers.size() == 0) return std::string_view{};
        const capnp::Data::Reader data = pointers[0].getAs<capnp::Data>();
        return std::string_view(reinterpret_cast<const char*>(data.begin()), data.size());
    } catch (const kj::Exception&) {
        return std::nullopt;
    }
}

}  // namespace mcast::cli
