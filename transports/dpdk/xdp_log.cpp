#include "transports/dpdk/xdp_log.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>

#include "transports/dpdk/eal.hpp"

namespace mcast::dpdk {

namespace {

constexpr std::array<const char*, 2> kNames{"libxdp.so.1", "libbpf.so.1"};
constexpr std::array<const char*, 2> kSetters{"libxdp_set_print", "libbpf_set_print"};
constexpr int kDebugLevel = 2;  // LIBBPF_DEBUG, LIBXDP_DEBUG: not shown by default either

}  // namespace

int XdpLog::print(int level, const char* format, std::va_list values) {
    if (level >= kDebugLevel) return 0;
    std::array<char, EalLog::kLineMax> text{};
    const int size = std::vsnprintf(text.data(), text.size(), format, values);
    if (size > 0)
        eal_log().write({text.data(), std::min(static_cast<std::size_t>(size), text.size() - 1)});
    return size;
}

XdpLog::XdpLog() {
    for (std::size_t i = 0; i < libraries_.size(); ++i) {
        Library& library = libraries_[i];
        // NOLOAD: only if it is there already.
        library.handle = ::dlopen(kNames[i], RTLD_LAZY | RTLD_NOLOAD);
        if (library.handle == nullptr) continue;
        library.set_print = reinterpret_cast<SetPrint>(::dlsym(library.handle, kSetters[i]));
        if (library.set_print != nullptr) library.before = library.set_print(print);
    }
}

XdpLog::~XdpLog() {
    for (const Library& library : libraries_) {
        if (library.set_print != nullptr) library.set_print(library.before);
        if (library.handle != nullptr) ::dlclose(library.handle);
    }
}

}  // namespace mcast::dpdk
