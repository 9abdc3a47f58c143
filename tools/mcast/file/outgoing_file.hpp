#pragma once

#include <ctime>
#include <functional>
#include <span>
#include <string>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"
#include "tools/mcast/file/manifest.hpp"

namespace mcast::cli {

// A file that is sent: opened once, read at any place.
class OutgoingFile {
public:
    // Reads all of it for its hash; `on_progress` hears how many bytes are read.
    [[nodiscard]] static Result<OutgoingFile> open(
        const std::string& path, const std::function<void(std::uint64_t)>& on_progress);

    [[nodiscard]] const OfferedFile& offered() const { return offered_; }
    // Fills `bytes` from `offset` on; an error if the file has become shorter or cannot be read.
    [[nodiscard]] Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const;
    // An error if it was written to since it was opened: what receivers have is of two minds then.
    [[nodiscard]] Result<void> check_unchanged() const;

private:
    [[nodiscard]] Error error(const char* what, int os) const;

    std::string path_;
    FileDescriptor descriptor_;
    OfferedFile offered_;
    std::timespec changed_at_{};
};

}  // namespace mcast::cli
