#include "transports/socket/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace mcast::socket {

namespace {

ErrorCode code_of(int error_number) {
    switch (error_number) {
        case EACCES:
        case EPERM:
            return ErrorCode::PermissionDenied;
        case EADDRINUSE:
            return ErrorCode::AddressInUse;
        case ENODEV:         // the interface has vanished
        case ENXIO:          // likewise, from some drivers
        case EADDRNOTAVAIL:  // its address has
        case ENETDOWN:
        case ENETUNREACH:
        case EAGAIN:
            return ErrorCode::TryAgain;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            return ErrorCode::LimitReached;
        case EAFNOSUPPORT:
        case EPROTONOSUPPORT:
        case ENOPROTOOPT:
        case ENOSYS:
        case EOPNOTSUPP:
            return ErrorCode::Unsupported;
        default:
            return ErrorCode::System;
    }
}

const char* remedy_of(int error_number) {
    switch (error_number) {
        case EACCES:
        case EPERM:
            return "; take a port of 1024 or above, or allow it: a security policy or a missing "
                   "capability (CAP_NET_BIND_SERVICE, CAP_NET_RAW) stands in the way";
        case EMFILE:
            return "; raise the limit of open files: ulimit -n";
        case ENFILE:
            return "; raise fs.file-max";
        case ENOPROTOOPT:
            return "; Linux 5.0 or newer is needed";
        default:
            return "";
    }
}

}  // namespace

std::string describe(int error_number) {
    return std::generic_category().message(error_number);
}

Error system_error(const std::string& step, int error_number) {
    return {code_of(error_number), error_number,
            step + ": " + describe(error_number) + remedy_of(error_number)};
}

}  // namespace mcast::socket
