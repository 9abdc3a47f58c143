#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "file.capnp.h"
#include "mcast/result.hpp"
#include "tools/mcast/file/digest.hpp"
#include "tools/mcast/file/range_set.hpp"

namespace mcast::cli {

struct OfferedFile {
    std::string name;  // as its sender calls it; see safe_file_name()
    std::uint64_t size = 0;
    Hash hash{};
    friend bool operator==(const OfferedFile&, const OfferedFile&) = default;
};

// The files that a sender offers, all together.
struct Manifest {
    static constexpr std::size_t kFilesMax = 1000;  // so that the offer is one message

    std::vector<OfferedFile> files;

    [[nodiscard]] std::uint64_t size() const;  // of all, in bytes
    // Whether a range lies in one of the files.
    [[nodiscard]] bool has(std::uint32_t file, Range range) const;
    void write(file_schema::Offer::Builder offer) const;
    // Of an offer that came over the network: what is wrong with it is an error.
    [[nodiscard]] static Result<Manifest> read(file_schema::Offer::Reader offer);
    friend bool operator==(const Manifest&, const Manifest&) = default;
};

}  // namespace mcast::cli
