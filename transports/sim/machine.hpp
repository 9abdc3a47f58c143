#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcast/interface.hpp"
#include "mcast/sim.hpp"

namespace mcast::sim {

class SimTransport;

// A network interface of a machine.
struct Adapter {
    Port port;
    InterfaceIndex index;
    std::uint32_t network = 0;
    Address ipv4;  // none without the family
    Address ipv6;
    Address broadcast;
    bool up = true;

    [[nodiscard]] const Address& address(Family family) const {
        return family == Family::Ipv4 ? ipv4 : ipv6;
    }
    [[nodiscard]] bool broadcasts() const { return broadcast.family() != Family::None; }
};

// A simulated computer: its interfaces, and the nodes that run on it. It stays when they end.
class Machine {
public:
    Machine(std::string name, std::uint32_t number) : name_(std::move(name)), number_(number) {}

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::uint32_t number() const { return number_; }  // among the Lan's machines

    [[nodiscard]] std::vector<Adapter>& adapters() { return adapters_; }
    [[nodiscard]] Adapter* find(InterfaceIndex index);
    [[nodiscard]] Adapter* find(std::string_view interface_name);
    // ifindexes are never used twice. 1 is the loopback's on a real host.
    [[nodiscard]] InterfaceIndex take_index() { return {++last_index_}; }
    // The interfaces as a monitor shows them.
    [[nodiscard]] std::vector<Interface> interfaces() const;

    // Counts the changes of interfaces.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    void mark_changed() { ++version_; }

    // The transports of live nodes, oldest first.
    [[nodiscard]] const std::vector<SimTransport*>& transports() const { return transports_; }
    void add(SimTransport& transport) { transports_.push_back(&transport); }
    void remove(SimTransport& transport) { std::erase(transports_, &transport); }
    // The lowest that no live node holds.
    [[nodiscard]] std::uint16_t free_unicast_port() const;

private:
    std::string name_;
    std::uint32_t number_;
    std::vector<Adapter> adapters_;
    std::uint32_t last_index_ = 1;
    std::uint64_t version_ = 0;
    std::vector<SimTransport*> transports_;
};

}  // namespace mcast::sim
