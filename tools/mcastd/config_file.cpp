#include "tools/mcastd/config_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/file_descriptor.hpp"
#include "mcast/result.hpp"
#include "relay/rule_set.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/config_reader.hpp"
#include "tools/mcastd/document.hpp"
#include "tools/mcastd/setting.hpp"

namespace mcastd {
namespace {

using mcast::Error;
using mcast::ErrorCode;
using mcast::Result;

constexpr std::string_view kPrefix = "MCAST_";
// Characters of a line. With it, nothing in a file nests deeper than TOML's parser can follow.
constexpr std::size_t kLineMax = 4096;
// As many as kRulesMax rules with all their keys and a comment have.
constexpr std::size_t kLinesMax = 15 * mcast::relay::kRulesMax;

Error system_error(int code) {
    if (code == ENOENT) return {ErrorCode::System, code, "there is no such file"};
    if (code == EACCES)
        return {ErrorCode::PermissionDenied, code,
                "this user may not read it; change its owner or mode, or run as another user"};
    return {ErrorCode::System, code, std::strerror(code)};
}

Result<std::string> read_all(const mcast::FileDescriptor& file) {
    std::string text;
    while (text.size() <= kConfigFileMax) {
        constexpr std::size_t kStep = 64u << 10;
        const std::size_t before = text.size();
        text.resize(before + kStep);
        const ssize_t count = ::read(file.get(), text.data() + before, kStep);
        const int code = errno;
        text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (count < 0 && code != EINTR) return system_error(code);
        if (count == 0) return text;
    }
    return Error{
        ErrorCode::LimitReached, 0,
        "it has more than " + std::to_string(kConfigFileMax >> 20) + " MiB, which is the limit"};
}

Result<std::string> read_file(const std::string& path) {
    // O_NONBLOCK: a FIFO that nobody writes to is empty instead of keeping us for ever.
    const mcast::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return system_error(errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return system_error(errno);
    if (S_ISDIR(status.st_mode))
        return Error{ErrorCode::InvalidArgument, EISDIR,
                     "this is a directory; name the file in it"};
    // What a shell's <(…) makes is written while it is read.
    if (!S_ISREG(status.st_mode) && ::fcntl(file.get(), F_SETFL, 0) != 0)
        return system_error(errno);
    return read_all(file);
}

// Before a parser takes time and memory for it: what is too much is seen without one.
void check_size(std::string_view text, Diagnostics& diagnostics) {
    std::size_t rules = 0;
    std::uint32_t number = 0;
    std::uint32_t excess = 0;  // the line with the first rule too many
    for (std::size_t begin = 0; begin < text.size();) {
        ++number;
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = text.substr(begin, end - begin);
        if (line.size() > kLineMax)
            return diagnostics.error({number, static_cast<std::uint32_t>(kLineMax), 1},
                                     "this line has more than " + std::to_string(kLineMax) +
                                         " characters, which is the limit; break it");
        const std::size_t first = line.find_first_not_of(" \t");
        if (first != std::string_view::npos && line.substr(first).starts_with("[[rule]]") &&
            ++rules == mcast::relay::kRulesMax + 1)
            excess = number;
        begin = end + 1;
    }
    if (excess != 0)
        diagnostics.error({excess, 1, 8},
                          std::to_string(rules) + " [[rule]]; the limit is " +
                              std::to_string(mcast::relay::kRulesMax) +
                              " (globs and networks let one rule say what many do)");
    else if (number > kLinesMax)
        diagnostics.error({}, "the file has " + std::to_string(number) + " lines; the limit is " +
                                  std::to_string(kLinesMax));
}

void apply(std::span<const Override> overrides, Config& config, Origins& origins,
           Diagnostics& diagnostics) {
    for (const Override& given : overrides) {
        const Setting* const setting = find_setting(given.key);
        if (setting == nullptr) {
            diagnostics.error_elsewhere(given.where, "there is no setting '" + given.key + "'");
            continue;
        }
        setting->set(config, value_of_text(*setting, given.text),
                     ValueReader(diagnostics, given.key, given.where));
        origins[given.key] = given.where;
    }
}

}  // namespace

std::string ConfigResult::messages() const {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics)
        text += to_string(diagnostic);
    return text;
}

ConfigResult parse_config(std::string_view text, const std::string& file,
                          std::span<const Override> overrides) {
    ConfigResult result;
    result.file = file;
    Diagnostics diagnostics(file, text);
    check_size(text, diagnostics);
    Document document;
    document.root.kind = Value::Kind::Table;
    document.whole = false;
    if (!diagnostics.failed()) document = parse_document(std::string(text));
    for (const SyntaxError& error : document.errors)
        diagnostics.error(error.at, error.what);
    Config config;
    if (document.whole) read_config(document.root, file, config, result.origins, diagnostics);
    apply(overrides, config, result.origins, diagnostics);
    if (document.whole) finish_config(document.root, config, diagnostics);
    if (!diagnostics.failed()) result.config = std::move(config);
    result.diagnostics = diagnostics.take();
    return result;
}

ConfigResult load_config(const std::string& path, std::span<const Override> overrides) {
    const std::string file = path.empty() ? std::string(kDefaultConfigFile) : path;
    const Result<std::string> text = read_file(file);
    if (text) return parse_config(*text, file, overrides);
    ConfigResult result;
    if (path.empty() && text.error().os == ENOENT)
        result = parse_config("", file, overrides);
    else
        result.diagnostics.push_back({Severity::Error, file, {}, text.error().what, {}});
    result.file.clear();
    return result;
}

EnvironmentSettings read_environment(const char* const* environment) {
    EnvironmentSettings found;
    std::vector<std::string> known;
    for (const Setting& setting : settings())
        known.push_back(variable_of(setting.key).substr(kPrefix.size()));
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        const std::string_view text = *environment;
        const std::size_t equals = text.find('=');
        if (!text.starts_with(kPrefix) || equals == std::string_view::npos) continue;
        const std::string name(text.substr(0, equals));
        const std::string key = name.substr(kPrefix.size());
        const auto match = std::find(known.begin(), known.end(), key);
        if (match != known.end()) {
            const Setting& setting = settings()[static_cast<std::size_t>(match - known.begin())];
            found.overrides.push_back(
                {std::string(setting.key), std::string(text.substr(equals + 1)), name});
            continue;
        }
        // Others have variables that start so, too; only what is nearly one of ours is a mistake.
        const std::string meant = mcast::cli::closest(key, known);
        if (!meant.empty())
            found.warnings.push_back({Severity::Warning,
                                      name,
                                      {},
                                      "no setting is called so and it does nothing; did you mean " +
                                          std::string(kPrefix) + meant + "?",
                                      {}});
    }
    return found;
}

}  // namespace mcastd
