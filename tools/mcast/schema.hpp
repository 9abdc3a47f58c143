#pragma once

#include <capnp/schema-parser.h>
#include <kj/filesystem.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mcast/result.hpp"

namespace kj {
class Exception;
}

namespace mcast::cli {

// What people need of a kj::Exception: without the condition that failed and its place in
// Cap'n Proto's sources, e.g. "Unknown field (z)".
[[nodiscard]] std::string explain(const kj::Exception& exception);

// A Cap'n Proto struct of a schema file, loaded at run time.
class Schema {
public:
    // "FILE.capnp:Struct" or "FILE.capnp:Outer.Inner"; ":Struct" may be left out when the file has
    // only one. Imports are looked for beside the file, in the working directory, in
    // /usr/include and in the schemas that were installed with mcast.
    static Result<Schema> load(std::string_view specification);

    Schema(Schema&&) = default;
    Schema& operator=(Schema&&) = default;
    // Cap'n Proto's destructors are declared to throw, those of commands are not.
    ~Schema() noexcept = default;

    [[nodiscard]] capnp::StructSchema root() const { return root_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint64_t type_id() const { return root_.getProto().getId(); }

private:
    Schema() = default;
    Result<void> read(const std::string& file);
    Result<void> choose(const std::string& file, std::string_view wanted);

    // The parser reads imports lazily from these directories, so they stay for as long as it does.
    kj::Own<kj::Filesystem> filesystem_;
    std::vector<kj::Own<const kj::ReadableDirectory>> import_path_;
    std::vector<const kj::ReadableDirectory*> import_pointers_;
    std::unique_ptr<capnp::SchemaParser> parser_;
    capnp::ParsedSchema file_;
    capnp::StructSchema root_;
    std::string name_;
};

}  // namespace mcast::cli
