#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mcast/result.hpp"
#include "tools/mcast/file/backlog.hpp"
#include "tools/mcast/file/digest.hpp"
#include "tools/mcast/file/folder.hpp"
#include "tools/mcast/file/manifest.hpp"
#include "tools/mcast/file/part_file.hpp"

namespace mcast::cli {

// The files of an offer on their way into a folder: what is there, what is lacking, and whether it
// is what was sent. Knows no network.
class Incoming {
public:
    // Goes on with parts that are there. A file of the same name and size is read first: if it is
    // the same, nothing is wanted of it; if not, that is an error unless `force`.
    // `folder` outlives it.
    [[nodiscard]] static Result<Incoming> open(const Folder& folder, const Manifest& manifest,
                                               bool force);

    [[nodiscard]] const Manifest& manifest() const { return manifest_; }
    // Random; the same in a later run that goes on with this one's parts.
    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] std::uint64_t have() const;                         // bytes of all files
    [[nodiscard]] std::uint64_t resumed() const { return resumed_; }  // of them, from before
    [[nodiscard]] bool has_all() const { return have() == manifest_.size(); }
    [[nodiscard]] std::vector<Piece> wanted() const;

    // Bytes that arrived; those that are there are ignored. `false`: they were.
    [[nodiscard]] Result<bool> write(const Piece& piece, std::span<const std::byte> bytes);
    // So that a later run goes on from here.
    [[nodiscard]] Result<void> save();

    // Reads on in files that are complete but not known to be sound; one slice, so that it can be
    // called between two polls. `true`: there was something to do.
    [[nodiscard]] Result<bool> check_some();
    // All files are sound and have their names.
    [[nodiscard]] bool is_finished() const;

    struct Arrival {
        std::string name;  // as it is stored
        const OfferedFile* offered = nullptr;
        bool was_there = false;
    };
    [[nodiscard]] std::vector<Arrival> arrivals() const;

private:
    enum class Stage {
        Existing,
        Receiving,
        Done
    };  // the first is read, the others are forward only
    struct Slot {
        std::string name;
        Stage stage = Stage::Receiving;
        FileDescriptor existing;
        std::optional<PartFile> part;
        Digest digest;
        std::uint64_t checked = 0;  // bytes that the digest has
        bool was_there = false;
    };

    Incoming(const Folder& folder, const Manifest& manifest, bool force);
    [[nodiscard]] Result<void> open_slot(std::size_t file);
    [[nodiscard]] Result<void> open_part(std::size_t file);
    [[nodiscard]] Result<void> settle(std::size_t file);
    [[nodiscard]] bool is_readable(std::size_t file) const;
    [[nodiscard]] Result<void> read_slice(std::size_t file, std::span<std::byte> bytes);

    const Folder* folder_;
    Manifest manifest_;
    bool force_;
    std::uint64_t number_;
    std::uint64_t resumed_ = 0;
    std::vector<Slot> slots_;
    std::vector<std::byte> slice_;
};

}  // namespace mcast::cli
