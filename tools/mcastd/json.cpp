#include "tools/mcastd/json.hpp"

#include <capnp/compat/json.h>
#include <capnp/message.h>
#include <kj/exception.h>

namespace mcastd {

using mcast::Error;
using mcast::ErrorCode;
using mcast::Result;

namespace {

std::string string_of(capnp::Text::Reader text) {
    return {text.begin(), text.size()};
}

// As deep as the codec lets it be, which is 64.
Json converted(capnp::JsonValue::Reader value) {
    Json made;
    switch (value.which()) {
        case capnp::JsonValue::NULL_:
        case capnp::JsonValue::CALL:
            break;  // a call is an extension that nobody here writes
        case capnp::JsonValue::BOOLEAN:
            made.kind = Json::Kind::Truth;
            made.truth = value.getBoolean();
            break;
        case capnp::JsonValue::NUMBER:
            made.kind = Json::Kind::Number;
            made.number = value.getNumber();
            break;
        case capnp::JsonValue::STRING:
            made.kind = Json::Kind::Text;
            made.text = string_of(value.getString());
            break;
        case capnp::JsonValue::ARRAY:
            made.kind = Json::Kind::Array;
            for (const auto element : value.getArray())
                made.elements.push_back(converted(element));
            break;
        case capnp::JsonValue::OBJECT:
            made.kind = Json::Kind::Object;
            for (const auto field : value.getObject()) {
                made.names.push_back(string_of(field.getName()));
                made.elements.push_back(converted(field.getValue()));
            }
            break;
    }
    return made;
}

}  // namespace

Result<Json> Json::parse(std::string_view text) {
    try {
        capnp::MallocMessageBuilder message;
        auto root = message.initRoot<capnp::JsonValue>();
        capnp::JsonCodec().decodeRaw(kj::arrayPtr(text.data(), text.size()), root);
        return converted(root.asReader());
    } catch (const kj::Exception& exception) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "not JSON: " + string_of(exception.getDescription())};
    }
}

const Json& Json::operator[](std::string_view name) const {
    static const Json kNothing;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return elements[i];
    return kNothing;
}

}  // namespace mcastd
