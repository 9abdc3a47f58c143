#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/token_bucket.hpp"
#include "mcast/log.hpp"
#include "tools/mcastd/config.hpp"

namespace mcastd {

// One member of a line beside its text; text lines show them as " (name value)".
struct LogField {
    std::string_view name;
    std::variant<std::string_view, std::uint64_t> value;
};

// The daemon's own words, a line each on standard error: text for people, or JSON objects with
// `time`, `level`, `event`, `text` and fields. Names of events are stable and listed in README.md.
//
// Each event may say kBurst lines at once and one more every kInterval; what is left out is
// counted, and told with the next line of that event or by tell_suppressed(). A line never blocks:
// what standard error does not take at once is lost and counted.
class Log {
public:
    static constexpr std::uint32_t kBurst = 20;
    static constexpr mcast::Duration kInterval = std::chrono::seconds(1);
    static constexpr std::size_t kEventsMax = 256;  // further ones share one limit
    static constexpr std::size_t kLineMax = 4000;   // bytes; below PIPE_BUF, so lines stay whole

    using Output = std::function<bool(std::string_view line)>;  // false: it was not taken

    // To standard error. Under systemd's journal (JOURNAL_STREAM) text lines bear the priority
    // instead of a time, which the journal has itself.
    explicit Log(const LogConfig& config);
    // For tests: lines without their end, and a clock.
    Log(const LogConfig& config, Output output, std::function<mcast::Instant()> clock);
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log();

    void configure(const LogConfig& config);
    void write(LogLevel level, std::string_view event, std::string_view text,
               std::initializer_list<LogField> fields = {});
    // Without that limit, for what has one of its own.
    void always(LogLevel level, std::string_view event, std::string_view text,
                std::initializer_list<LogField> fields = {});
    void debug(std::string_view event, std::string_view text) {
        write(LogLevel::Debug, event, text);
    }
    void info(std::string_view event, std::string_view text) { write(LogLevel::Info, event, text); }
    void warning(std::string_view event, std::string_view text) {
        write(LogLevel::Warning, event, text);
    }
    void error(std::string_view event, std::string_view text) {
        write(LogLevel::Error, event, text);
    }

    // What libmcast says of a node goes here, as event "library".
    [[nodiscard]] mcast::Log for_library(std::string domain);

    // Says what was left out and nobody has been told of yet; to be called now and then.
    void tell_suppressed();

    [[nodiscard]] std::uint64_t suppressed() const { return suppressed_; }
    [[nodiscard]] std::uint64_t lost() const { return lost_; }

private:
    struct Limit {
        mcast::TokenBucket bucket{kBurst, kInterval.count()};
        std::uint64_t left_out = 0;  // since the last line
    };
    class Printer;

    [[nodiscard]] Limit& limit_of(std::string_view event);
    [[nodiscard]] std::string text_line(std::string_view event, std::string_view text,
                                        std::initializer_list<LogField> fields,
                                        std::uint64_t left_out) const;
    [[nodiscard]] std::string json_line(LogLevel level, std::string_view event,
                                        std::string_view text,
                                        std::initializer_list<LogField> fields,
                                        std::uint64_t left_out) const;
    void print(LogLevel level, std::string_view event, std::string_view text,
               std::initializer_list<LogField> fields, std::uint64_t left_out);

    LogConfig config_;
    std::function<mcast::Instant()> clock_;
    std::unique_ptr<Printer> printer_;
    std::map<std::string, Limit, std::less<>> limits_;
    std::uint64_t suppressed_ = 0;
    std::uint64_t lost_ = 0;
};

[[nodiscard]] std::string_view to_string(LogLevel level);  // "info", …

}  // namespace mcastd
