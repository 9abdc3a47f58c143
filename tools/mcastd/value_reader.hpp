#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/address.hpp"
#include "mcast/time.hpp"
#include "tools/mcastd/diagnostic.hpp"
#include "tools/mcastd/document.hpp"

namespace mcastd {

// Reads the value of one key, and tells what is wrong with it and how to mend it. What is wrong
// reads as nothing, so that the others of a file are still looked at.
class ValueReader {
public:
    // Of a file, and of an environment variable or flag, which `where` names.
    ValueReader(Diagnostics& diagnostics, std::string key)
        : diagnostics_(diagnostics), key_(std::move(key)) {}
    ValueReader(Diagnostics& diagnostics, std::string key, std::string where)
        : diagnostics_(diagnostics), key_(std::move(key)), where_(std::move(where)) {}

    [[nodiscard]] std::optional<std::uint64_t> number(const Value& value, std::uint64_t first,
                                                      std::uint64_t last) const;
    [[nodiscard]] std::optional<bool> boolean(const Value& value) const;
    // UTF-8 without control characters, 1 to size_max bytes.
    [[nodiscard]] std::optional<std::string> name(const Value& value, std::size_t size_max) const;
    // The same, but it may be empty.
    [[nodiscard]] std::optional<std::string> text(const Value& value, std::size_t size_max) const;
    // Which of the names it is.
    [[nodiscard]] std::optional<std::size_t> choice(const Value& value,
                                                    std::span<const std::string_view> names) const;
    [[nodiscard]] std::optional<mcast::Duration> duration(const Value& value, mcast::Duration first,
                                                          mcast::Duration last) const;
    // Bytes: "64M", or a number of them.
    [[nodiscard]] std::optional<std::uint64_t> size(const Value& value, std::uint64_t first,
                                                    std::uint64_t last) const;
    // Interface selectors, one or a list of them, at least one.
    [[nodiscard]] std::optional<std::vector<std::string>> selectors(const Value& value) const;
    // Strings, one or a list of them; none is fine.
    [[nodiscard]] std::optional<std::vector<const Value*>> strings(const Value& value,
                                                                   std::size_t count_max,
                                                                   std::string_view noun) const;

    // "key: what", at this value.
    void complain(const Value& value, const std::string& what) const;

private:
    [[nodiscard]] bool expect(const Value& value, Value::Kind kind, const std::string& mend) const;

    Diagnostics& diagnostics_;
    std::string key_;
    std::string where_;  // empty: the file
};

}  // namespace mcastd
