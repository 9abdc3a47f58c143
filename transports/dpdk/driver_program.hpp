#pragma once

#include <string_view>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"

namespace mcast::dpdk {

// The kernel's name for the program below, by which what a killed process left is known.
inline constexpr std::string_view kDriverProgram = "mcast_pass";

// An ELF object with an XDP program that lets everything pass, and the map `xsks_map` into which
// net_af_xdp puts its socket (Documentation/bpf/libbpf: BTF-defined maps): the driver's argument
// xdp_prog wants a file. In memory, so that there is none to be found or installed.
[[nodiscard]] Result<FileDescriptor> driver_program();

}  // namespace mcast::dpdk
