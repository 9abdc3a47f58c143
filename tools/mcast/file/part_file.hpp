#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"
#include "tools/mcast/file/folder.hpp"
#include "tools/mcast/file/manifest.hpp"

namespace mcast::cli {

// A file on its way in: NAME.part, with a record of what is there behind its content, so that a
// later run goes on with it. One process at a time.
class PartFile {
public:
    // Goes on with what is there of this very content, else begins. Takes all the room on the disk
    // at once. An error if NAME.part is something else.
    [[nodiscard]] static Result<PartFile> open(const Folder& folder, const OfferedFile& offered,
                                               const std::string& name, std::uint64_t receiver);

    // Who received the part that is gone on with; `receiver` of open() if it was begun.
    [[nodiscard]] std::uint64_t receiver() const { return receiver_; }
    [[nodiscard]] const RangeSet& have() const { return have_; }
    [[nodiscard]] bool is_complete() const { return have_.size() == size_; }

    // Neighbouring pieces are written together, later.
    [[nodiscard]] Result<void> write(std::uint64_t offset, std::span<const std::byte> bytes);
    // All that was given is in the file, and the record says so.
    [[nodiscard]] Result<void> save();
    // What was written; for the hash.
    [[nodiscard]] Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const;
    // Complete: without its record, under its own name.
    [[nodiscard]] Result<void> finish(bool force);
    // Not what was sent.
    void discard();

private:
    PartFile(const Folder& folder, const OfferedFile& offered, const std::string& name,
             std::uint64_t receiver);
    [[nodiscard]] Result<void> lock();
    [[nodiscard]] Result<void> reserve();
    [[nodiscard]] Result<void> resume();
    [[nodiscard]] bool read_record(std::span<const std::byte> bytes);
    [[nodiscard]] Result<void> flush();
    [[nodiscard]] Result<void> write_all(std::uint64_t offset, std::span<const std::byte> bytes);

    const Folder* folder_;
    std::string name_;
    std::string part_name_;
    std::uint64_t size_;
    Hash hash_;
    std::uint64_t receiver_;
    FileDescriptor descriptor_;
    RangeSet have_;
    std::vector<std::byte> pending_;
    std::uint64_t pending_at_ = 0;
};

}  // namespace mcast::cli
