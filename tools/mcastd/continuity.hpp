#pragma once

#include <memory>
#include <string_view>

#include "mcast/result.hpp"
#include "platform/shared_memory.hpp"
#include "relay/announcement_book.hpp"
#include "tools/mcastd/descriptor_store.hpp"

namespace mcastd {

// What makes a relay that is started again the same as before to those it carries for: its sockets
// with what waits in them, and the peers it knew. Must outlive the relay.
class Continuity {
public:
    static mcast::Result<std::unique_ptr<Continuity>> open(ServiceManager& manager,
                                                           std::string_view domain);
    explicit Continuity(ServiceManager& manager, std::string_view domain)
        : store_(manager, domain) {}

    [[nodiscard]] DescriptorStore& store() { return store_; }
    [[nodiscard]] mcast::relay::AnnouncementBook& book() { return *book_; }

private:
    DescriptorStore store_;
    std::unique_ptr<mcast::platform::SharedMemory> memory_;
    std::unique_ptr<mcast::relay::AnnouncementBook> book_;
};

}  // namespace mcastd
