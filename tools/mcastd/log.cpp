#include "tools/mcastd/log.hpp"

#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "tools/mcast/json_writer.hpp"
#include "tools/mcast/text.hpp"
#include "tools/mcastd/event_loop.hpp"
#include "tools/mcastd/moment.hpp"

namespace mcastd {
namespace {

// sd-daemon(3): the journal reads the priority from the front of a line.
constexpr std::string_view priority_of(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::debug:
            return "<7>";
        case spdlog::level::info:
            return "<6>";
        case spdlog::level::warn:
            return "<4>";
        default:
            return "<3>";
    }
}

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return spdlog::level::debug;
        case LogLevel::Info:
            return spdlog::level::info;
        case LogLevel::Warning:
            return spdlog::level::warn;
        case LogLevel::Error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

// A pipe whose reader is busy must not hold up what is relayed: a line is written only where it
// finds room. poll(2) calls a pipe writable from PIPE_BUF bytes on, and lines are shorter.
bool to_standard_error(std::string_view line) {
    pollfd room{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return false;
    std::string whole(line);
    whole += '\n';
    return ::write(STDERR_FILENO, whole.data(), whole.size()) == static_cast<ssize_t>(whole.size());
}

}  // namespace

// spdlog's side: levels, and the frame of a text line.
class Log::Printer {
public:
    Printer(Log::Output output, bool journal)
        : sink_(std::make_shared<Sink>(std::move(output), journal)), logger_("mcastd", sink_) {}

    void configure(const LogConfig& config) {
        logger_.set_level(level_of(config.level));
        const bool bare = config.format == LogFormat::Json || sink_->journal;
        sink_->prefixed = sink_->journal && config.format == LogFormat::Text;
        logger_.set_pattern(bare ? "%v" : "%Y-%m-%d %H:%M:%S.%e %l %v");
    }
    [[nodiscard]] bool wants(LogLevel level) const { return logger_.should_log(level_of(level)); }
    // False if the line was lost.
    bool print(LogLevel level, const std::string& line) {
        sink_->taken = true;
        logger_.log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
        return sink_->taken;
    }

private:
    struct Sink final : spdlog::sinks::base_sink<spdlog::details::null_mutex> {
        Sink(Log::Output to, bool is_journal) : output(std::move(to)), journal(is_journal) {}
        void sink_it_(const spdlog::details::log_msg& message) override {
            spdlog::memory_buf_t line;
            formatter_->format(message, line);
            std::string text(line.data(), line.size());
            while (text.ends_with('\n'))
                text.pop_back();
            taken = output(prefixed ? std::string(priority_of(message.level)) + text : text);
        }
        void flush_() override {}

        Log::Output output;
        bool journal;
        bool prefixed = false;
        bool taken = true;
    };

    std::shared_ptr<Sink> sink_;
    spdlog::logger logger_;
};

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::Debug:
            return "debug";
        case LogLevel::Info:
            return "info";
        case LogLevel::Warning:
            return "warning";
        case LogLevel::Error:
            return "error";
    }
    return "unknown";
}

Log::Log(const LogConfig& config)
    : clock_(EventLoop::now),
      printer_(
          std::make_unique<Printer>(to_standard_error, std::getenv("JOURNAL_STREAM") != nullptr)) {
    configure(config);
}

Log::Log(const LogConfig& config, Output output, std::function<mcast::Instant()> clock)
    : clock_(std::move(clock)), printer_(std::make_unique<Printer>(std::move(output), false)) {
    configure(config);
}

Log::~Log() = default;

void Log::configure(const LogConfig& config) {
    config_ = config;
    printer_->configure(config);
}

Log::Limit& Log::limit_of(std::string_view event) {
    const auto found = limits_.find(event);
    if (found != limits_.end()) return found->second;
    return limits_[std::string(limits_.size() < kEventsMax ? event : "other")];
}

void Log::write(LogLevel level, std::string_view event, std::string_view text,
                std::initializer_list<LogField> fields) {
    if (!printer_->wants(level)) return;
    Limit& limit = limit_of(event);
    if (!limit.bucket.take(clock_().time_since_epoch().count())) {
        ++limit.left_out;
        ++suppressed_;
        return;
    }
    print(level, event, text, fields, std::exchange(limit.left_out, 0));
}

void Log::always(LogLevel level, std::string_view event, std::string_view text,
                 std::initializer_list<LogField> fields) {
    if (printer_->wants(level)) print(level, event, text, fields, 0);
}

void Log::tell_suppressed() {
    for (auto& [event, limit] : limits_) {
        if (limit.left_out == 0) continue;
        const std::string text = mcast::cli::counted(limit.left_out, "line") + " of '" + event +
                                 "' left out: more than one a second";
        limit.left_out = 0;
        print(LogLevel::Warning, "suppressed", text, {{"of", std::string_view(event)}}, 0);
    }
}

void Log::print(LogLevel level, std::string_view event, std::string_view text,
                std::initializer_list<LogField> fields, std::uint64_t left_out) {
    const auto line_of = [&](std::string_view kept) {
        return config_.format == LogFormat::Json ? json_line(level, event, kept, fields, left_out)
                                                 : text_line(event, kept, fields, left_out);
    };
    std::string line = line_of(text.substr(0, kLineMax / 2));
    // What had to be escaped has grown, and JSON that was cut would be no JSON.
    if (line.size() > kLineMax) line = line_of(text.substr(0, kLineMax / 10));
    if (line.size() > kLineMax || !printer_->print(level, line)) ++lost_;
}

std::string Log::text_line(std::string_view event, std::string_view text,
                           std::initializer_list<LogField> fields, std::uint64_t left_out) const {
    std::string line = std::string(event) + ": " + mcast::cli::printable(text);
    for (const LogField& field : fields) {
        line += " (" + std::string(field.name) + " ";
        if (const auto* number = std::get_if<std::uint64_t>(&field.value))
            line += std::to_string(*number);
        else
            line += mcast::cli::printable(std::get<std::string_view>(field.value));
        line += ")";
    }
    if (left_out > 0) line += " (" + std::to_string(left_out) + " like this were left out)";
    return mcast::cli::clipped(line, kLineMax / 2);
}

std::string Log::json_line(LogLevel level, std::string_view event, std::string_view text,
                           std::initializer_list<LogField> fields, std::uint64_t left_out) const {
    mcast::cli::JsonWriter json;
    json.begin_object().field("time", utc_text(wall_now())).field("level", to_string(level));
    json.field("event", event).field("text", text);
    for (const LogField& field : fields) {
        if (const auto* number = std::get_if<std::uint64_t>(&field.value))
            json.field(field.name, *number);
        else
            json.field(field.name, std::get<std::string_view>(field.value).substr(0, 256));
    }
    if (left_out > 0) json.field("suppressed", left_out);
    return json.end_object().text();
}

mcast::Log Log::for_library(std::string domain) {
    return [this, domain = std::move(domain)](mcast::LogLevel level, std::string_view line) {
        static constexpr LogLevel kLevels[] = {LogLevel::Debug, LogLevel::Info, LogLevel::Warning,
                                               LogLevel::Error};
        write(kLevels[static_cast<std::size_t>(level)], "library", line,
              {{"domain", std::string_view(domain)}});
    };
}

}  // namespace mcastd
