#pragma once

#include <string>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"

namespace mcast::cli {

// Where received files are stored. All is done relative to the open folder, by names without a
// slash: nothing leads out of it.
class Folder {
public:
    [[nodiscard]] static Result<Folder> open(const std::string& path);

    [[nodiscard]] int get() const { return descriptor_.get(); }
    // "DIR/NAME", or NAME alone in the current folder: for people.
    [[nodiscard]] std::string shown(const std::string& name) const;
    [[nodiscard]] bool has(const std::string& name) const;
    // Gives a file its final name; unless `force`, an error if there is one of that name.
    [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to,
                                      bool force) const;
    [[nodiscard]] Error error(const std::string& what, const std::string& name, int os) const;

private:
    std::string path_;
    FileDescriptor descriptor_;
};

}  // namespace mcast::cli
