#include "transports/dpdk/port_filter.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "transports/dpdk/driver_program.hpp"

namespace mcast::dpdk {

namespace {

constexpr const char* kName = "mcast_ports";

Error refused(const std::string& step) {
    const int error = errno;
    const bool forbidden = error == EPERM || error == EACCES;
    return {forbidden ? ErrorCode::PermissionDenied : ErrorCode::System, error,
            step + ": " + std::generic_category().message(error) +
                (forbidden ? " (it needs root: CAP_SYS_ADMIN, CAP_BPF, CAP_NET_ADMIN)" : "")};
}

Result<FileDescriptor> load(const PortFilterPlan& plan, int ports_map, int sockets_map) {
    const std::vector<bpf_insn> code = port_filter_code(plan, ports_map, sockets_map);
    bpf_prog_load_opts options{};
    options.sz = sizeof options;
    options.expected_attach_type = BPF_XDP;
    // No helper that it calls is for programs under the GPL only.
    FileDescriptor program(
        bpf_prog_load(BPF_PROG_TYPE_XDP, kName, "Apache-2.0", code.data(), code.size(), &options));
    if (!program) return refused("load the port filter into the kernel");
    return program;
}

template <typename Info>
bool describe(const FileDescriptor& object, Info& info) {
    std::uint32_t size = sizeof info;
    return object && bpf_obj_get_info_by_fd(object.get(), &info, &size) == 0;
}

// The driver's program on an interface, if it is there.
FileDescriptor driver_program_on(std::uint32_t interface) {
    std::uint32_t id = 0;
    if (bpf_xdp_query_id(static_cast<int>(interface), 0, &id) != 0 || id == 0) return {};
    FileDescriptor program(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    if (!describe(program, info) || kDriverProgram != info.name) return {};
    return program;
}

Result<FileDescriptor> sockets_map_on(std::uint32_t interface) {
    const FileDescriptor program = driver_program_on(interface);
    std::uint32_t id = 0;  // it has one map
    bpf_prog_info info{};
    info.nr_map_ids = 1;
    info.map_ids = reinterpret_cast<std::uintptr_t>(&id);
    if (!describe(program, info) || info.nr_map_ids != 1) {
        errno = ENOENT;
        return refused("find the driver's map of sockets");
    }
    FileDescriptor map(bpf_map_get_fd_by_id(id));
    if (!map) return refused("open the driver's map of sockets");
    return map;
}

}  // namespace

Result<PortFilter> PortFilter::make(std::uint16_t vlan) {
    PortFilter filter;
    filter.vlan_ = vlan;
    filter.ports_map_ =
        FileDescriptor(bpf_map_create(BPF_MAP_TYPE_ARRAY, kName, sizeof(std::uint32_t),
                                      sizeof(std::uint64_t), kPortWords, nullptr));
    if (!filter.ports_map_) return refused("make a BPF map of ports");
    // A rehearsal, with a map of sockets that nobody uses: nothing has been started yet, so all
    // that the kernel refuses is to be known now.
    const FileDescriptor sockets(bpf_map_create(BPF_MAP_TYPE_XSKMAP, kName, sizeof(std::uint32_t),
                                                sizeof(std::uint32_t), 1, nullptr));
    if (!sockets) return refused("make a BPF map of AF_XDP sockets");
    Result<FileDescriptor> program =
        load({.mac = {}, .vlan = vlan}, filter.ports_map_.get(), sockets.get());
    if (!program) return program.error();
    bpf_prog_info info{};
    if (!describe(*program, info) || !FileDescriptor(bpf_prog_get_fd_by_id(info.id)))
        return refused("find BPF programs by their numbers");
    Result<FileDescriptor> driver = driver_program();
    if (!driver) return driver.error();
    filter.driver_ = std::move(*driver);
    return filter;
}

std::string PortFilter::driver_path() const {
    return "/proc/self/fd/" + std::to_string(driver_.get());
}

Result<void> PortFilter::engage(std::uint32_t interface, const MacAddress& mac) {
    const Result<FileDescriptor> sockets = sockets_map_on(interface);
    if (!sockets) return sockets.error();
    const Result<FileDescriptor> program =
        load({.mac = mac, .vlan = vlan_}, ports_map_.get(), sockets->get());
    if (!program) return program.error();
    clean(interface);
    link_ = FileDescriptor(
        bpf_link_create(program->get(), static_cast<int>(interface), BPF_XDP, nullptr));
    if (!link_) return refused("attach the port filter");
    driver_ = {};
    return {};
}

void PortFilter::clean(std::uint32_t interface) {
    const FileDescriptor program = driver_program_on(interface);
    if (!program) return;
    // Only if it is still that one.
    bpf_xdp_attach_opts options{};
    options.sz = sizeof options;
    options.old_prog_fd = program.get();
    static_cast<void>(bpf_xdp_detach(static_cast<int>(interface), 0, &options));
}

void PortFilter::set_ports(std::span<const std::uint16_t> ports) {
    std::vector<std::uint16_t> changed(ports.begin(), ports.end());
    changed.insert(changed.end(), ports_.begin(), ports_.end());
    ports_.assign(ports.begin(), ports.end());
    for (const std::uint16_t port : changed) {
        const std::uint32_t number = port / 64u;
        std::uint64_t word = 0;
        for (const std::uint16_t each : ports_)
            if (each / 64u == number) word |= std::uint64_t{1} << (each % 64u);
        // An array has all its elements: this cannot fail.
        static_cast<void>(bpf_map_update_elem(ports_map_.get(), &number, &word, BPF_ANY));
    }
}

}  // namespace mcast::dpdk
