#include <algorithm>
#include <memory>
#include <utility>

#include "mcast/assert.hpp"
#include "mcast/sim.hpp"
#include "transports/sim/lan_state.hpp"

namespace mcast::sim {

Lan::Lan(std::uint64_t seed, const Options& options)
    : state_(std::make_unique<State>(seed, options)) {
    MCAST_ASSERT(options.datagram_max % 8 == 0, "sim::Options::datagram_max is a multiple of 8");
}

Lan::~Lan() {
    for (const std::unique_ptr<Machine>& machine : state_->machines) {
        MCAST_ASSERT(machine->transports().empty(), "a Lan outlives the nodes on its hosts");
    }
}

Host Lan::host(std::string_view name, std::initializer_list<Port> ports) {
    return host(name, std::vector<Port>(ports));
}

Host Lan::host(std::string_view name, const std::vector<Port>& ports) {
    auto& machines = state_->machines;
    const auto known = std::find_if(
        machines.begin(), machines.end(),
        [name](const std::unique_ptr<Machine>& machine) { return machine->name() == name; });
    const auto number = static_cast<std::uint32_t>(known - machines.begin());
    if (known == machines.end()) {
        machines.push_back(std::make_unique<Machine>(std::string(name), number));
    } else {
        MCAST_ASSERT((*known)->transports().empty(),
                     "a node lives on this host; join_host() puts another beside it");
    }
    state_->set_ports(number, ports);
    return state_->make_host(number);
}

Host Lan::join_host(std::string_view name) {
    return state_->make_host(state_->machine(name));
}

Instant Lan::now() const {
    return state_->now;
}

void Lan::advance(Duration duration) {
    state_->deliver_due(state_->now + duration);
}

void Lan::advance_to(Instant time) {
    state_->deliver_due(time);
}

std::optional<Instant> Lan::next_arrival() const {
    return state_->arrivals.next_time();
}

void Lan::set_faults(std::string_view network, const Faults& faults) {
    state_->networks[state_->network(network)].set_faults(faults);
}

void Lan::partition(std::string_view a, std::string_view b, Direction direction) {
    const std::uint32_t from = state_->machine(a);
    const std::uint32_t to = state_->machine(b);
    state_->partitions.emplace_back(from, to);
    if (direction == Direction::Both) state_->partitions.emplace_back(to, from);
}

void Lan::filter_multicast(std::string_view network, bool broadcast) {
    state_->networks[state_->network(network)].filter(broadcast);
}

void Lan::heal() {
    state_->partitions.clear();
    for (Network& network : state_->networks)
        network.heal();
    for (const std::unique_ptr<Machine>& machine : state_->machines) {
        for (Adapter& adapter : machine->adapters()) {
            if (!std::exchange(adapter.up, true)) machine->mark_changed();
        }
    }
}

void Lan::interface_down(std::string_view host, std::string_view interface) {
    const std::uint32_t machine = state_->machine(host);
    if (std::exchange(state_->adapter(machine, interface).up, false)) {
        state_->machines[machine]->mark_changed();
    }
}

void Lan::interface_up(std::string_view host, std::string_view interface) {
    const std::uint32_t machine = state_->machine(host);
    if (!std::exchange(state_->adapter(machine, interface).up, true)) {
        state_->machines[machine]->mark_changed();
    }
}

void Lan::interface_recreate(std::string_view host, std::string_view interface) {
    const std::uint32_t machine = state_->machine(host);
    Adapter& adapter = state_->adapter(machine, interface);
    state_->unplug(machine, adapter);
    adapter.index = state_->machines[machine]->take_index();
    adapter.up = true;
    state_->plug(machine, adapter, adapter.network);
    state_->machines[machine]->mark_changed();
}

void Lan::interface_readdress(std::string_view host, std::string_view interface) {
    const std::uint32_t machine = state_->machine(host);
    interface_move(host, interface, state_->adapter(machine, interface).port.network);
}

void Lan::interface_move(std::string_view host, std::string_view interface,
                         std::string_view network) {
    const std::uint32_t machine = state_->machine(host);
    const std::uint32_t to = state_->network(network);
    Adapter& adapter = state_->adapter(machine, interface);
    state_->unplug(machine, adapter);
    state_->plug(machine, adapter, to);
    state_->machines[machine]->mark_changed();
}

Counters Lan::counters() const {
    return state_->counters;
}

void Lan::on_send(void (*handler)(void* context, const Datagram& datagram), void* context) {
    state_->capture = handler;
    state_->capture_context = context;
}

}  // namespace mcast::sim
