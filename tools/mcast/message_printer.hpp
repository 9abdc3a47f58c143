#pragma once

#include <optional>
#include <string>

#include "mcast/message.hpp"
#include "mcast/node.hpp"
#include "tools/mcast/names.hpp"
#include "tools/mcast/schema.hpp"
#include "tools/mcast/terminal.hpp"
#include "tools/mcast/value.hpp"

namespace mcast::cli {

// Shows messages, one line each: fields if there is a schema, bytes otherwise.
class MessagePrinter {
public:
    struct Style {
        bool json = false;
        bool plain = false;  // without the peer and interface in front
    };

    // All but the style live for as long as this does.
    MessagePrinter(std::string_view topic, const Schema* schema, Style style, Names& names,
                   Terminal& terminal);

    void print(const RawSample& sample);

private:
    // Nothing if it is malformed, which is said then.
    [[nodiscard]] std::optional<std::string> text_of(const RawSample& sample);
    [[nodiscard]] std::optional<std::string> json_of(const RawSample& sample);
    void say_malformed(const RawSample& sample, const std::string& why);
    void hint(std::uint64_t type);

    std::string_view topic_;
    std::optional<ValueCodec> codec_;
    Style style_;
    Names& names_;
    Terminal& terminal_;
    bool hinted_ = false;
};

}  // namespace mcast::cli
