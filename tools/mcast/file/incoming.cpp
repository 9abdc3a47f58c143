#include "tools/mcast/file/incoming.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

#include "tools/mcast/file/file_name.hpp"
#include "tools/mcast/text.hpp"

namespace mcast::cli {
namespace {

// About a millisecond of hashing: no longer may the network be left alone.
constexpr std::size_t kSliceSize = 1u << 20;

std::uint64_t random_number() {
    std::random_device device;
    return (std::uint64_t{device()} << 32 | device()) | 1;  // never 0
}

}  // namespace

Incoming::Incoming(const Folder& folder, const Manifest& manifest, bool force)
    : folder_(&folder),
      manifest_(manifest),
      force_(force),
      number_(random_number()),
      slots_(manifest.files.size()),
      slice_(kSliceSize) {}

Result<Incoming> Incoming::open(const Folder& folder, const Manifest& manifest, bool force) {
    Incoming incoming(folder, manifest, force);
    for (std::size_t i = 0; i < incoming.slots_.size(); ++i) {
        if (auto opened = incoming.open_slot(i); !opened) return opened.error();
    }
    return incoming;
}

Result<void> Incoming::open_slot(std::size_t file) {
    Slot& slot = slots_[file];
    slot.name = safe_file_name(manifest_.files[file].name);
    if (!folder_->has(slot.name)) return open_part(file);
    slot.existing = FileDescriptor(::openat(folder_->get(), slot.name.c_str(),
                                            O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    const bool comparable =
        slot.existing && ::fstat(slot.existing.get(), &status) == 0 && S_ISREG(status.st_mode) &&
        static_cast<std::uint64_t>(status.st_size) == manifest_.files[file].size;
    if (comparable) {
        slot.stage = Stage::Existing;
        return {};
    }
    if (force_) return open_part(file);
    return Error{ErrorCode::System, EEXIST,
                 "'" + folder_->shown(slot.name) +
                     "' is already there and is something else; "
                     "--force replaces it, --into FOLDER stores "
                     "elsewhere"};
}

Result<void> Incoming::open_part(std::size_t file) {
    Slot& slot = slots_[file];
    auto part = PartFile::open(*folder_, manifest_.files[file], slot.name, number_);
    if (!part) return part.error();
    slot.part.emplace(std::move(*part));
    slot.stage = Stage::Receiving;
    number_ = slot.part->receiver();
    resumed_ += slot.part->have().size();
    return {};
}

std::uint64_t Incoming::have() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i)
        sum += slots_[i].stage == Stage::Receiving ? slots_[i].part->have().size()
                                                   : manifest_.files[i].size;
    return sum;
}

std::vector<Piece> Incoming::wanted() const {
    std::vector<Piece> all;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].stage != Stage::Receiving) continue;
        const RangeSet rest = slots_[i].part->have().rest(manifest_.files[i].size);
        for (auto range = rest.next(0); range; range = rest.next(range->end))
            all.push_back({static_cast<std::uint32_t>(i), *range});
    }
    return all;
}

Result<bool> Incoming::write(const Piece& piece, std::span<const std::byte> bytes) {
    Slot& slot = slots_.at(piece.file);
    if (slot.stage != Stage::Receiving || slot.part->have().contains(piece.range)) return false;
    if (auto written = slot.part->write(piece.range.first, bytes); !written) return written.error();
    return true;
}

Result<void> Incoming::save() {
    for (Slot& slot : slots_) {
        if (slot.stage != Stage::Receiving) continue;
        if (auto saved = slot.part->save(); !saved) return saved;
    }
    return {};
}

bool Incoming::is_readable(std::size_t file) const {
    const Slot& slot = slots_[file];
    return slot.stage == Stage::Existing ||
           (slot.stage == Stage::Receiving && slot.part->is_complete());
}

Result<void> Incoming::read_slice(std::size_t file, std::span<std::byte> bytes) {
    Slot& slot = slots_[file];
    if (slot.stage == Stage::Receiving) {
        // Before the first slice: all of it is in the file.
        if (slot.checked == 0) {
            if (auto saved = slot.part->save(); !saved) return saved;
        }
        return slot.part->read(slot.checked, bytes);
    }
    const ssize_t got =
        ::pread(slot.existing.get(), bytes.data(), bytes.size(), static_cast<off_t>(slot.checked));
    if (got == static_cast<ssize_t>(bytes.size())) return {};
    return folder_->error("read", slot.name, got < 0 ? errno : EIO);
}

Result<bool> Incoming::check_some() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (!is_readable(i)) continue;
        Slot& slot = slots_[i];
        const std::uint64_t left = manifest_.files[i].size - slot.checked;
        const auto part = std::span(slice_).first(std::min<std::uint64_t>(left, slice_.size()));
        if (auto read = read_slice(i, part); !read) return read.error();
        slot.digest.update(part);
        slot.checked += part.size();
        if (slot.checked == manifest_.files[i].size) {
            if (auto settled = settle(i); !settled) return settled.error();
        }
        return true;
    }
    return false;
}

Result<void> Incoming::settle(std::size_t file) {
    Slot& slot = slots_[file];
    const bool sound = slot.digest.finish() == manifest_.files[file].hash;
    slot.checked = 0;
    if (slot.stage == Stage::Existing) {
        slot.existing = FileDescriptor();
        if (sound) {
            slot.stage = Stage::Done;
            slot.was_there = true;
            return {};
        }
        if (force_) return open_part(file);
        return Error{ErrorCode::System, EEXIST,
                     "'" + folder_->shown(slot.name) +
                         "' is already there with other content; "
                         "--force replaces it, --into FOLDER stores "
                         "elsewhere"};
    }
    if (!sound) {
        slot.part->discard();
        return Error{ErrorCode::System, 0,
                     "'" + folder_->shown(slot.name) +
                         "' has another hash than what was sent and "
                         "was thrown away; receive it again, and if "
                         "that is no help, look at disk and memory"};
    }
    if (auto finished = slot.part->finish(force_); !finished) return finished;
    slot.part.reset();
    slot.stage = Stage::Done;
    return {};
}

bool Incoming::is_finished() const {
    return std::all_of(slots_.begin(), slots_.end(),
                       [](const Slot& slot) { return slot.stage == Stage::Done; });
}

std::vector<Incoming::Arrival> Incoming::arrivals() const {
    std::vector<Arrival> all;
    for (std::size_t i = 0; i < slots_.size(); ++i)
        all.push_back({folder_->shown(slots_[i].name), &manifest_.files[i], slots_[i].was_there});
    return all;
}

}  // namespace mcast::cli
