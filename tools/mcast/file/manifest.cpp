#include "tools/mcast/file/manifest.hpp"

#include <cstring>
#include <set>

#include "tools/mcast/file/file_name.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// Beyond it the sum over all files could wrap, and no file system has such files.
constexpr std::uint64_t kFileSizeMax = std::uint64_t{1} << 50;

}  // namespace

std::uint64_t Manifest::size() const {
    std::uint64_t sum = 0;
    for (const OfferedFile& file : files)
        sum += file.size;
    return sum;
}

bool Manifest::has(std::uint32_t file, Range range) const {
    return file < files.size() && range.first < range.end && range.end <= files[file].size;
}

void Manifest::write(file_schema::Offer::Builder offer) const {
    auto list = offer.initFiles(static_cast<unsigned>(files.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        const OfferedFile& file = files[i];
        list[i].setName(file.name);
        list[i].setSize(file.size);
        list[i].setHash({reinterpret_cast<const kj::byte*>(file.hash.data()), file.hash.size()});
    }
}

Result<Manifest> Manifest::read(file_schema::Offer::Reader offer) {
    Manifest manifest;
    std::set<std::string> names;
    if (offer.getFiles().size() == 0 || offer.getFiles().size() > kFilesMax) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "it has " + counted(offer.getFiles().size(), "file")};
    }
    for (const auto each : offer.getFiles()) {
        OfferedFile file{each.getName().cStr(), each.getSize(), {}};
        const std::string shown = "'" + printable(file.name) + "'";
        if (each.getHash().size() != file.hash.size() || file.size > kFileSizeMax)
            return Error{ErrorCode::InvalidArgument, 0, shown + " has no sound size and hash"};
        if (!names.insert(safe_file_name(file.name)).second)
            return Error{ErrorCode::InvalidArgument, 0, "two files would be stored as " + shown};
        std::memcpy(file.hash.data(), each.getHash().begin(), file.hash.size());
        manifest.files.push_back(std::move(file));
    }
    return manifest;
}

}  // namespace mcast::cli
