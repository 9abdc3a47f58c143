#include "tools/mcast/file/part_file.hpp"

#include <capnp/serialize.h>
#include <fcntl.h>
#include <kj/exception.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/mcast/file/file_name.hpp"

namespace mcast::cli {
namespace {

constexpr std::size_t kPendingMax = 256 * 1024;
// Beyond it a record is not looked at: a million ranges.
constexpr std::uint64_t kRecordSizeMax = 32u << 20;
constexpr std::size_t kRangesMax = 1u << 20;

}  // namespace

PartFile::PartFile(const Folder& folder, const OfferedFile& offered, const std::string& name,
                   std::uint64_t receiver)
    : folder_(&folder),
      name_(name),
      part_name_(name + std::string(kPartSuffix)),
      size_(offered.size),
      hash_(offered.hash),
      receiver_(receiver) {}

Result<PartFile> PartFile::open(const Folder& folder, const OfferedFile& offered,
                                const std::string& name, std::uint64_t receiver) {
    PartFile file(folder, offered, name, receiver);
    // No symbolic link: somebody else's could lead out of the folder.
    file.descriptor_ = FileDescriptor(::openat(folder.get(), file.part_name_.c_str(),
                                               O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!file.descriptor_) return folder.error("open", file.part_name_, errno);
    if (auto locked = file.lock(); !locked) return locked.error();
    if (auto resumed = file.resume(); !resumed) return resumed.error();
    if (auto reserved = file.reserve(); !reserved) return reserved.error();
    if (auto saved = file.save(); !saved) return saved.error();
    return file;
}

Result<void> PartFile::lock() {
    if (::flock(descriptor_.get(), LOCK_EX | LOCK_NB) == 0) return {};
    return Error{ErrorCode::System, errno,
                 "'" + folder_->shown(part_name_) +
                     "' is being received by another process; store "
                     "elsewhere with --into FOLDER"};
}

Result<void> PartFile::reserve() {
    // A full disk is noticed now, not in the end. The record stays where it is.
    if (size_ == 0 ||
        ::fallocate(descriptor_.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size_)) == 0)
        return {};
    if (errno == EOPNOTSUPP || errno == ENOSYS) return {};  // then it is noticed when it is full
    const Error error = folder_->error("make room for", part_name_, errno);
    if (have_.empty()) discard();
    return error;
}

Result<void> PartFile::resume() {
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) != 0)
        return folder_->error("look at", part_name_, errno);
    if (status.st_size == 0) return {};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > size_ && size - size_ <= kRecordSizeMax) {
        std::vector<std::byte> bytes(size - size_);
        if (auto done = read(size_, bytes); !done) return done.error();
        if (read_record(bytes)) return {};
    }
    return Error{ErrorCode::System, EEXIST,
                 "'" + folder_->shown(part_name_) +
                     "' is there and is no part of what is offered; "
                     "remove it, or store elsewhere with --into "
                     "FOLDER"};
}

bool PartFile::read_record(std::span<const std::byte> bytes) {
    try {
        // As it was allocated, so that it is aligned.
        capnp::FlatArrayMessageReader reader(
            {reinterpret_cast<const capnp::word*>(bytes.data()),
             bytes.size() / sizeof(capnp::word)},
            {.traversalLimitInWords = kRecordSizeMax / sizeof(capnp::word)});
        const auto record = reader.getRoot<file_schema::PartRecord>();
        const auto hash = record.getHash();
        if (record.getSize() != size_ || hash.size() != hash_.size() ||
            std::memcmp(hash.begin(), hash_.data(), hash_.size()) != 0)
            return false;
        for (const auto range : record.getHave()) {
            if (range.getFirst() > size_ || range.getSize() > size_ - range.getFirst())
                return false;
            have_.add({range.getFirst(), range.getFirst() + range.getSize()});
        }
        receiver_ = record.getReceiver();
        return true;
    } catch (const kj::Exception&) {
        return false;
    }
}

Result<void> PartFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    have_.add({offset, offset + bytes.size()});
    if (offset != pending_at_ + pending_.size() || pending_.size() + bytes.size() > kPendingMax) {
        if (auto flushed = flush(); !flushed) return flushed;
        pending_at_ = offset;
    }
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
    return {};
}

Result<void> PartFile::flush() {
    auto written = write_all(pending_at_, pending_);
    if (!written) have_.remove({pending_at_, pending_at_ + pending_.size()});
    pending_.clear();
    return written;
}

Result<void> PartFile::write_all(std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t done =
            ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return folder_->error("write", part_name_, errno);
        bytes = bytes.subspan(static_cast<std::size_t>(done));
        offset += static_cast<std::uint64_t>(done);
    }
    return {};
}

Result<void> PartFile::save() {
    if (auto flushed = flush(); !flushed) return flushed;
    capnp::MallocMessageBuilder builder;
    auto record = builder.initRoot<file_schema::PartRecord>();
    record.setReceiver(receiver_);
    record.setSize(size_);
    record.setHash({reinterpret_cast<const kj::byte*>(hash_.data()), hash_.size()});
    auto list = record.initHave(static_cast<unsigned>(std::min(have_.range_count(), kRangesMax)));
    std::uint64_t from = 0;
    for (unsigned i = 0; i < list.size(); ++i) {
        const Range range = *have_.next(from);
        list[i].setFirst(range.first);
        list[i].setSize(range.size());
        from = range.end;
    }
    const auto words = capnp::messageToFlatArray(builder);
    const auto bytes = words.asBytes();
    return write_all(size_, std::as_bytes(std::span(bytes.begin(), bytes.size())));
}

Result<void> PartFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t got =
            ::pread(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return folder_->error("read", part_name_, got < 0 ? errno : EIO);
        bytes = bytes.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<void> PartFile::finish(bool force) {
    if (auto flushed = flush(); !flushed) return flushed;
    if (::ftruncate(descriptor_.get(), static_cast<off_t>(size_)) != 0)
        return folder_->error("cut", part_name_, errno);
    // What the record says of it is gone, but a later run can be told by the hash what this is.
    if (auto renamed = folder_->rename(part_name_, name_, force); !renamed) {
        static_cast<void>(save());
        return renamed;
    }
    return {};
}

void PartFile::discard() {
    ::unlinkat(folder_->get(), part_name_.c_str(), 0);
    have_.clear();
    pending_.clear();
}

}  // namespace mcast::cli
