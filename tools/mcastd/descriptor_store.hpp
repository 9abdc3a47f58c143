#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcast/socket_keeper.hpp"
#include "tools/mcastd/service_manager.hpp"

namespace mcastd {

// What the service manager keeps for the next run of one domain's relay. Of two relays of a domain,
// as a reload opens the new one while the old one still runs, each has its own.
class DescriptorStore final : public mcast::socket::SocketKeeper {
public:
    DescriptorStore(ServiceManager& manager, std::string_view domain);
    // What is kept is given up, unless leave() was called.
    ~DescriptorStore() override;

    // Whoever takes something takes it as it was, and need not keep() it again.
    [[nodiscard]] int take(const std::string& name) override;
    void keep(const std::string& name, int fd) override;
    void forget(const std::string& name) override;

    // This run ends: all goes to the next one.
    void leave() { kept_.clear(); }

private:
    [[nodiscard]] bool is_kept(const std::string& name) const;

    ServiceManager& manager_;
    std::string domain_;                                     // in letters that a name may have
    std::string run_;                                        // of which of its relays
    std::vector<std::pair<std::string, std::string>> kept_;  // name, and the manager's name
};

}  // namespace mcastd
