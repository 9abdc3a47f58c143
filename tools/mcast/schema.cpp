#include "tools/mcast/schema.hpp"

#include <fcntl.h>
#include <kj/exception.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// All structs in `scope` and below, as "Outer.Inner".
void collect(const capnp::ParsedSchema& scope, const std::string& prefix,
             std::vector<std::string>& names, std::vector<capnp::StructSchema>& structs) {
    for (const capnp::ParsedSchema& nested : scope.getAllNested()) {
        const std::string name = prefix + nested.getUnqualifiedName().cStr();
        if (nested.getProto().isStruct()) {
            names.push_back(name);
            structs.push_back(nested.asStruct());
        }
        collect(nested, name + ".", names, structs);
    }
}

// The last part of a path: kj shortens the file names that it reports.
std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

// Lines count from 0 in exceptions of the schema parser.
Error wrong_schema(const std::string& file, const kj::Exception& exception) {
    const std::string_view place = exception.getFile();
    // An import may be the one that is wrong.
    const std::string where = base_name(place) == base_name(file) ? file : std::string(place);
    return {ErrorCode::InvalidArgument, 0,
            "read schema '" + printable(where) + "', line " +
                std::to_string(exception.getLine() + 1) + ": " + explain(exception) +
                "; mend the schema, `capnp compile -o-` tells more"};
}

}  // namespace

std::string explain(const kj::Exception& exception) {
    std::string_view text = exception.getDescription().cStr();
    // "expected CONDITION; what is wrong; name = value": people want the second part and the value.
    if (text.starts_with("expected ")) {
        const std::size_t end = text.find("; ");
        if (end != std::string_view::npos) text.remove_prefix(end + 2);
    }
    std::string shown;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find("; "), text.size());
        std::string_view part = text.substr(0, end);
        text.remove_prefix(std::min(end + 2, text.size()));
        while (part.ends_with('.'))
            part.remove_suffix(1);
        const std::size_t value = part.find(" = ");
        if (shown.empty()) {
            shown = part;
        } else if (value != std::string_view::npos) {
            shown += " (" + std::string(part.substr(value + 3)) + ")";
        } else {
            shown += "; " + std::string(part);
        }
    }
    return printable(shown);
}

Result<Schema> Schema::load(std::string_view specification) {
    const std::size_t colon = specification.rfind(':');
    const bool named = colon != std::string_view::npos && colon + 1 < specification.size() &&
                       specification.find('/', colon) == std::string_view::npos;
    const std::string file(
        specification.substr(0, named ? colon : specification.find_last_not_of(':') + 1));
    Schema schema;
    if (auto read = schema.read(file); !read) return read.error();
    const std::string_view wanted = named ? specification.substr(colon + 1) : std::string_view{};
    if (auto chosen = schema.choose(file, wanted); !chosen) return chosen.error();
    return schema;
}

Result<void> Schema::read(const std::string& file) {
    const std::string step = "read schema '" + printable(file) + "': ";
    // kj's own words for a file that cannot be read do not tell why.
    struct stat status {};
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    const int error = descriptor < 0 ? errno : 0;
    if (descriptor >= 0) {
        static_cast<void>(::fstat(descriptor, &status));
        ::close(descriptor);
        if (S_ISDIR(status.st_mode))
            return Error{ErrorCode::InvalidArgument, 0,
                         step + "is a directory; give FILE.capnp:Struct"};
    }
    if (error != 0) {
        return Error{
            ErrorCode::System, error,
            step + std::strerror(error) + "; give FILE.capnp:Struct with the path to the file"};
    }
    try {
        filesystem_ = kj::newDiskFilesystem();
        const kj::ReadableDirectory& root = filesystem_->getRoot();
        kj::Path path = filesystem_->getCurrentPath().evalNative(file);
        std::vector<kj::Path> places;
        places.push_back(filesystem_->getCurrentPath().clone());
        places.push_back(path.parent().clone());
        places.push_back(kj::Path({"usr", "include"}));
        places.push_back(kj::Path(nullptr).evalNative(MCAST_SCHEMA_DIRECTORY));
        for (const kj::Path& place : places) {
            auto directory = root.tryOpenSubdir(place);
            KJ_IF_MAYBE (opened, directory) {
                import_pointers_.push_back(opened->get());
                import_path_.push_back(kj::mv(*opened));
            }
        }
        parser_ = std::make_unique<capnp::SchemaParser>();
        file_ = parser_->parseFromDirectory(
            root, kj::mv(path), kj::arrayPtr(import_pointers_.data(), import_pointers_.size()));
    } catch (const kj::Exception& exception) {
        return wrong_schema(file, exception);
    }
    return {};
}

Result<void> Schema::choose(const std::string& file, std::string_view wanted) {
    std::vector<std::string> names;
    std::vector<capnp::StructSchema> structs;
    try {
        collect(file_, "", names, structs);
    } catch (const kj::Exception& exception) {
        return wrong_schema(file, exception);
    }
    const std::string step = "schema '" + printable(file) + "': ";
    if (names.empty()) return Error{ErrorCode::InvalidArgument, 0, step + "has no struct"};
    const auto found = wanted.empty() && names.size() == 1
                           ? names.begin()
                           : std::find(names.begin(), names.end(), wanted);
    if (found == names.end()) {
        const std::string all = join(names, ", ");
        if (wanted.empty()) {
            return Error{ErrorCode::InvalidArgument, 0,
                         step + "has more than one struct; add one of them: --schema " +
                             printable(file) + ":" + names.front() + " (there are " + all + ")"};
        }
        const std::string near = closest(wanted, names);
        return Error{ErrorCode::InvalidArgument, 0,
                     step + "has no struct '" + printable(wanted) + "'" +
                         (near.empty() ? "" : "; did you mean '" + near + "'?") + " (there is " +
                         all + ")"};
    }
    name_ = *found;
    root_ = structs[static_cast<std::size_t>(found - names.begin())];
    return {};
}

}  // namespace mcast::cli
