#include "tools/mcast/file/outgoing_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

constexpr std::size_t kReadSize = 1u << 20;

}  // namespace

Error OutgoingFile::error(const char* what, int os) const {
    return {ErrorCode::System, os,
            std::string(what) + " '" + printable(path_) + "': " + std::strerror(os)};
}

Result<OutgoingFile> OutgoingFile::open(const std::string& path,
                                        const std::function<void(std::uint64_t)>& on_progress) {
    OutgoingFile file;
    file.path_ = path;
    // A pipe without a writer would block for ever; regular files do not care.
    file.descriptor_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.descriptor_) return file.error("open", errno);
    struct stat status {};
    if (::fstat(file.descriptor_.get(), &status) != 0) return file.error("look at", errno);
    if (!S_ISREG(status.st_mode)) {
        return Error{ErrorCode::InvalidArgument, 0,
                     "'" + printable(path) + "' is not a file; pack a folder first, with tar"};
    }
    file.offered_.name = path.substr(path.rfind('/') + 1);
    file.offered_.size = static_cast<std::uint64_t>(status.st_size);
    file.changed_at_ = status.st_mtim;
    Digest digest;
    std::vector<std::byte> bytes(kReadSize);
    for (std::uint64_t offset = 0; offset < file.offered_.size;) {
        const auto size = std::min<std::uint64_t>(bytes.size(), file.offered_.size - offset);
        const auto part = std::span(bytes).first(size);
        if (auto read = file.read(offset, part); !read) return read.error();
        digest.update(part);
        offset += size;
        on_progress(offset);
    }
    file.offered_.hash = digest.finish();
    return file;
}

Result<void> OutgoingFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t got =
            ::pread(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error("read", errno);
        if (got == 0) {
            return Error{ErrorCode::System, 0,
                         "'" + printable(path_) +
                             "' became shorter while it was sent; send it "
                             "again when nobody writes to it"};
        }
        bytes = bytes.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<void> OutgoingFile::check_unchanged() const {
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) != 0) return error("look at", errno);
    if (status.st_mtim.tv_sec == changed_at_.tv_sec &&
        status.st_mtim.tv_nsec == changed_at_.tv_nsec &&
        static_cast<std::uint64_t>(status.st_size) == offered_.size)
        return {};
    return Error{ErrorCode::System, 0,
                 "'" + printable(path_) +
                     "' changed while it was sent; send it again when nobody "
                     "writes to it"};
}

}  // namespace mcast::cli
