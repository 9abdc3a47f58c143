#pragma once

#include <array>
#include <cstdarg>

namespace mcast::dpdk {

// While it lives, what libxdp and libbpf say, which DPDK's AF_XDP driver brings, goes to the log of
// EAL instead of standard error. They are not linked: they are found where the driver has loaded
// them, and an application that uses them itself gets its own function back.
class XdpLog {
public:
    XdpLog();
    XdpLog(const XdpLog&) = delete;
    XdpLog& operator=(const XdpLog&) = delete;
    ~XdpLog();

private:
    // As in bpf/libbpf.h and xdp/libxdp.h, whose levels are enumerations.
    using Print = int (*)(int level, const char* format, std::va_list values);
    using SetPrint = Print (*)(Print);
    struct Library {
        void* handle = nullptr;
        SetPrint set_print = nullptr;
        Print before = nullptr;
    };
    static int print(int level, const char* format, std::va_list values);

    std::array<Library, 2> libraries_;
};

}  // namespace mcast::dpdk
