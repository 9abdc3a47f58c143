#pragma once

#include <capnp/schema.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/result.hpp"

namespace mcast::cli {

// A message in standard stream framing.
using Frame = std::vector<std::byte>;

// Between what people write and messages of a struct that is known at run time only.
class ValueCodec {
public:
    explicit ValueCodec(capnp::StructSchema schema) : schema_(schema) {}

    // Cap'n Proto text, "(x = 1, y = 2)", or JSON, "{\"x\": 1}". Errors have the column.
    [[nodiscard]] Result<Frame> parse(std::string_view text) const;

    // One line each; JSON as Cap'n Proto writes it, for JsonWriter::raw(). Fails on messages that
    // are malformed or too large to show.
    [[nodiscard]] Result<std::string> text(std::span<const std::byte> frame) const;
    [[nodiscard]] Result<std::string> json(std::span<const std::byte> frame) const;

private:
    [[nodiscard]] std::string fields() const;

    capnp::StructSchema schema_;
};

// The struct Bytes of schemas/bytes.capnp, whose only field is the content.
[[nodiscard]] Frame frame_bytes(std::string_view content);
// Valid as long as `frame`; empty if it is malformed.
[[nodiscard]] std::optional<std::string_view> unframe_bytes(std::span<const std::byte> frame);

}  // namespace mcast::cli
