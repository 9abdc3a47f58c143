#include "tools/mcast/file/folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tools/mcast/text.hpp"

namespace mcast::cli {

Result<Folder> Folder::open(const std::string& path) {
    Folder folder;
    folder.path_ = path;
    folder.descriptor_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.descriptor_) {
        return Error{ErrorCode::System, errno,
                     "open folder '" + printable(path) + "': " + std::strerror(errno)};
    }
    return folder;
}

std::string Folder::shown(const std::string& name) const {
    return printable(path_ == "." ? name : path_ + (path_.ends_with('/') ? "" : "/") + name);
}

bool Folder::has(const std::string& name) const {
    struct stat status {};
    return ::fstatat(get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

Error Folder::error(const std::string& what, const std::string& name, int os) const {
    std::string text = what + " '" + shown(name) + "': " + std::strerror(os);
    if (os == ENOSPC || os == EDQUOT) text += "; make room and start again, it goes on from there";
    if (os == EFBIG) text += ": this file system takes no files of this size";
    return {ErrorCode::System, os, text};
}

Result<void> Folder::rename(const std::string& from, const std::string& to, bool force) const {
    if (force) {
        if (::renameat(get(), from.c_str(), get(), to.c_str()) == 0) return {};
        return error("rename to", to, errno);
    }
    if (::renameat2(get(), from.c_str(), get(), to.c_str(), RENAME_NOREPLACE) == 0) return {};
    // Some file systems cannot (NFS, for one); a link does not replace anything either.
    if (errno == EINVAL && ::linkat(get(), from.c_str(), get(), to.c_str(), 0) == 0) {
        ::unlinkat(get(), from.c_str(), 0);
        return {};
    }
    if (errno == EEXIST) {
        return Error{ErrorCode::System, EEXIST,
                     "'" + shown(to) +
                         "' is already there; --force replaces it, --into FOLDER "
                         "stores elsewhere"};
    }
    return error("rename to", to, errno);
}

}  // namespace mcast::cli
