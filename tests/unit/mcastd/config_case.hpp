#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tools/mcastd/config_file.hpp"

namespace mcastd {

// What is said of a file's text, as it is printed, with the file called f.
inline std::string said(const std::string& text) {
    const ConfigResult result = parse_config(text, "f");
    const std::string messages = result.messages();
    const bool failed = messages.find(": error: ") != std::string::npos;
    EXPECT_NE(result.config.has_value(), failed) << messages;
    return messages;
}

// The configuration of a sound file.
inline Config read(const std::string& text) {
    ConfigResult result = parse_config(text, "f");
    EXPECT_EQ(result.messages(), "") << text;
    return result.config.value_or(Config{});
}

}  // namespace mcastd
