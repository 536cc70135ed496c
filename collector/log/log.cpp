// The one logger of the process: spdlog decides by level and serialises the threads, line.h writes the line.
#include "log/log.h"

#include <spdlog/logger.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include "log/descriptor_sink.h"
#include "log/line.h"

namespace glassflow::log {
namespace {

// Leaked on purpose: threads may log until the very end, past the destructors of statics.
struct Output {
    Output() {
        // spdlog's own formatter is never used: the payload is the finished line.
        logger.set_level(spdlog::level::info);
        logger.set_error_handler([](const std::string&) {});
    }

    spdlog::logger logger{"glassflow", std::make_shared<DescriptorSink>(STDERR_FILENO)};
    std::atomic<bool> is_json{::isatty(STDERR_FILENO) == 0};
};

Output& output() {
    static Output& instance = *new Output;
    return instance;
}

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            break;
    }
    return spdlog::level::err;
}

void write(Level level, std::string_view message, std::initializer_list<Fact> facts) {
    Output& out = output();
    if (!out.logger.should_log(spdlog_level(level))) {
        return;
    }
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    out.logger.log(spdlog_level(level), spdlog::string_view_t(out.is_json ? json_line(now, level, message, facts)
                                                                          : text_line(now, level, message, facts)));
}

}  // namespace

void configure(const LogSettings& settings) {
    Output& out = output();
    out.logger.set_level(spdlog_level(settings.level));
    out.is_json = settings.style == Style::json || (settings.style == Style::automatic && !::isatty(STDERR_FILENO));
}

void debug(std::string_view message, std::initializer_list<Fact> facts) {
    write(Level::debug, message, facts);
}
void info(std::string_view message, std::initializer_list<Fact> facts) {
    write(Level::info, message, facts);
}
void warning(std::string_view message, std::initializer_list<Fact> facts) {
    write(Level::warning, message, facts);
}
void error(std::string_view message, std::initializer_list<Fact> facts) {
    write(Level::error, message, facts);
}

}  // namespace glassflow::log
