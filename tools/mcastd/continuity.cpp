#include "tools/mcastd/continuity.hpp"

#include <string>
#include <utility>

namespace mcastd {

using mcast::platform::SharedMemory;
using mcast::relay::AnnouncementBook;

namespace {

const std::string kMemory = "announcements";

}  // namespace

mcast::Result<std::unique_ptr<Continuity>> Continuity::open(ServiceManager& manager,
                                                            std::string_view domain) {
    auto made = std::make_unique<Continuity>(manager, domain);
    mcast::FileDescriptor kept(made->store_.take(kMemory));
    const int kept_fd = kept.get();
    auto memory = SharedMemory::open(AnnouncementBook::kSize, std::move(kept));
    if (!memory) return memory.error();
    if (kept_fd >= 0 && memory->fd() != kept_fd) made->store_.forget(kMemory);
    made->store_.keep(kMemory, memory->fd());
    made->memory_ = std::make_unique<SharedMemory>(std::move(*memory));
    made->book_ = std::make_unique<AnnouncementBook>(made->memory_->bytes());
    return made;
}

}  // namespace mcastd
