#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "mcast/assert.hpp"

namespace mcast {

enum class ErrorCode : std::uint8_t {
    InvalidArgument,   // what was asked makes no sense; asking again will not help
    PermissionDenied,  // the operating system refuses this user
    AddressInUse,      // a port is held by another process
    Unsupported,       // this kernel, device or build cannot do it
    LimitReached,      // a named limit is exhausted
    TryAgain,          // not now: an interface that is not ready; the node asks again by itself
    System,            // anything else the operating system says; `os` has its errno
};

// One sentence that reads as a path: "open pad-2: bind port 7400: Address already in use".
struct Error {
    ErrorCode code = ErrorCode::System;
    int os = 0;  // errno, or 0
    std::string what;

    // The same error, seen from one step further out: "`step`: what".
    [[nodiscard]] Error within(const std::string& step) const {
        return {code, os, step + ": " + what};
    }
};

// A value, or the reason why there is none. The names are a strict subset of std::expected's.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] T& value() & {
        MCAST_ASSERT(has_value(), "value() of a Result that holds an error");
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& {
        MCAST_ASSERT(has_value(), "value() of a Result that holds an error");
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && { return std::move(value()); }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(value()); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const {
        MCAST_ASSERT(!has_value(), "error() of a Result that holds a value");
        return *std::get_if<1>(&state_);
    }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)), failed_(true) {}

    [[nodiscard]] bool has_value() const noexcept { return !failed_; }
    explicit operator bool() const noexcept { return !failed_; }
    [[nodiscard]] const Error& error() const {
        MCAST_ASSERT(failed_, "error() of a Result that holds a value");
        return error_;
    }

private:
    Error error_;
    bool failed_ = false;
};

}  // namespace mcast
